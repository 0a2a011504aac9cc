package tagwire_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

// stock has rules beside tags of all languages, and one of the struct in a blank field.
type stock struct {
	Name  string   `frugal:"1,default,string" protobuf:"1" vt:"min_size=1"`
	Count int32    `frugal:"2,default,i32" protobuf:"2" vt:"ge=0"`
	Inner []*stock `frugal:"3,default,list<stock>" protobuf:"3"`
	_     struct{} `vt:"assert=@equal(@mod($Count,2),0)"`
}

// TestStructsWithRulesAreEncoded: the codec does not look at rules, nor at the blank field.
func TestStructsWithRulesAreEncoded(t *testing.T) {
	want := stock{Name: "", Count: 3, Inner: []*stock{{Name: "a", Inner: []*stock{}}}}
	for _, format := range []tagwire.Format{tagwire.ThriftBinary, tagwire.ThriftCompact, tagwire.Protobuf} {
		data, err := tagwire.Marshal(&want, tagwire.WithFormat(format))
		require.NoError(t, err)
		var got stock
		require.NoError(t, tagwire.Unmarshal(data, &got, tagwire.WithFormat(format)))
		require.Equal(t, want.Count, got.Count)
		all, err := tagwire.ValidateAll(&got, 10)
		require.NoError(t, err)
		require.Len(t, all, 2)
	}
}

func TestValidateTakesStructsAndPointers(t *testing.T) {
	bad := stock{Name: "a", Count: 4, Inner: []*stock{nil, {}}}
	for _, v := range []any{bad, &bad} {
		var violation *tagwire.ValidationError
		require.ErrorAs(t, tagwire.Validate(v), &violation)
		require.Equal(t, tagwire.ValidationError{Path: "Inner[1].Name", Rule: "min_size=1", Value: int64(0)}, *violation)
	}
	require.NoError(t, tagwire.Validate(stock{Name: "a"}))
	require.NoError(t, tagwire.Validate((*stock)(nil)))
	for _, v := range []any{nil, 1, []stock{bad}, map[string]stock{}, new(*stock), error(nil)} {
		require.ErrorIs(t, tagwire.Validate(v), tagwire.ErrUnsupportedType, "%T", v)
		_, err := tagwire.ValidateAll(v, 1)
		require.ErrorIs(t, err, tagwire.ErrUnsupportedType, "%T", v)
	}
}

func TestValidatorFor(t *testing.T) {
	validator, err := tagwire.ValidatorFor[stock]()
	require.NoError(t, err)
	require.NoError(t, validator.Validate(&stock{Name: "a"}))
	require.NoError(t, validator.Validate(nil))
	require.Error(t, validator.Validate(&stock{}))
	all, err := validator.ValidateAll(&stock{Count: -1}, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.NoError(t, new(tagwire.Validator[stock]).Validate(&stock{}))

	type wrong struct {
		Name string `vt:"lt=1"`
		Next *struct {
			Other int32 `vt:"prefix=1"`
		}
	}
	_, err = tagwire.ValidatorFor[wrong]()
	require.ErrorIs(t, err, tagwire.ErrInvalidTag)
	require.ErrorContains(t, err, "wrong.Name")
	require.ErrorContains(t, err, "Other")
	require.ErrorIs(t, tagwire.Validate(&wrong{}), tagwire.ErrInvalidTag)
	_, err = tagwire.ValidatorFor[*stock]()
	require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
	_, err = tagwire.ValidatorFor[any]()
	require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
}

func TestDeepValuesEndValidation(t *testing.T) {
	cyclic := &stock{Name: "a"}
	cyclic.Inner = []*stock{cyclic}
	require.ErrorIs(t, tagwire.Validate(cyclic), tagwire.ErrDepthLimit)
	cyclic.Name = ""
	var violation *tagwire.ValidationError
	require.True(t, errors.As(tagwire.Validate(cyclic), &violation), "the violation comes first")
}

// validateByHand is what a program without tags would write for stock.
func validateByHand(s *stock) error {
	switch {
	case len(s.Name) < 1:
		return errors.New("name")
	case s.Count < 0:
		return errors.New("count")
	}
	for _, inner := range s.Inner {
		if inner != nil {
			if err := validateByHand(inner); err != nil {
				return err
			}
		}
	}
	if s.Count%2 != 0 {
		return errors.New("not even")
	}
	return nil
}

// BenchmarkValidate compares the plan with checks by hand, for 101 structs of four rules, and for a type without rules.
func BenchmarkValidate(b *testing.B) {
	v := &stock{Name: "a", Inner: make([]*stock, 100)}
	for i := range v.Inner {
		v.Inner[i] = &stock{Name: "b", Count: int32(2 * i)}
	}
	validator, err := tagwire.ValidatorFor[stock]()
	require.NoError(b, err)
	for name, check := range map[string]func() error{
		"plan":      func() error { return validator.Validate(v) },
		"hand":      func() error { return validateByHand(v) },
		"any":       func() error { return tagwire.Validate(v) },
		"unchecked": func() error { return tagwire.Validate(unchecked) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if check() != nil {
					b.Fatal("not valid")
				}
			}
		})
	}
}

var unchecked = sample()
