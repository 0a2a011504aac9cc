package validate

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestErrorText: the text of a violation is a sentence, with or without a value, and is short, whatever keys a peer has chosen.
func TestErrorText(t *testing.T) {
	type inner struct {
		A *int32   `vt:"not_nil"`
		_ struct{} `vt:"assert=@equal(1,2)"`
	}
	plan, err := Of(reflect.TypeFor[inner]())
	require.NoError(t, err)
	all, err := plan.All(unsafe.Pointer(&inner{}), 9)
	require.NoError(t, err)
	require.EqualError(t, all[0], "tagwire: A breaks the rule not_nil")
	require.EqualError(t, all[1], "tagwire: the struct breaks the rule assert=@equal(1,2)")

	type nested struct {
		M map[string]*nested
		A int32 `vt:"lt=1"`
	}
	v := &nested{A: 1}
	for range 490 {
		v = &nested{M: map[string]*nested{strings.Repeat("\x00", 128): v}}
	}
	plan, err = Of(reflect.TypeFor[nested]())
	require.NoError(t, err)
	var violation *Error
	require.ErrorAs(t, plan.First(unsafe.Pointer(v)), &violation)
	require.Greater(t, len(violation.Path), 490*4*128)
	require.Less(t, len(violation.Error()), 400)
}
