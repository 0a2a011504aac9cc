package protobuf_test

import (
	"errors"
	"strings"
	"testing"

	gogotypes "github.com/gogo/protobuf/types"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/tagwire/tagwire"
)

// quantity has a form on the wire that its own methods know, and no tags, like Quantity of k8s.io/apimachinery.
type quantity struct {
	amount int64
	Format string
}

func (m *quantity) Reset()                   { *m = quantity{} }
func (m *quantity) String() string           { return m.Format }
func (*quantity) ProtoMessage()              {}
func (m *quantity) Marshal() ([]byte, error) { return []byte{0x0a, 1, '5'}, nil }
func (m *quantity) Unmarshal([]byte) error   { return nil }
func (m *quantity) Size() int                { return 3 }

// TestCustomMessages: what only its own methods know is refused, wherever it stands.
func TestCustomMessages(t *testing.T) {
	type field struct {
		Limit quantity `protobuf:"bytes,1,opt,name=limit"`
	}
	type pointer struct {
		Limit *quantity `protobuf:"bytes,1,opt,name=limit"`
	}
	type list struct {
		Limits []quantity `protobuf:"bytes,1,rep,name=limits"`
	}
	type mapped struct {
		Limits map[string]quantity `protobuf:"bytes,1,rep,name=limits" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"bytes,2,opt,name=value"`
	}
	one := quantity{5, "x"}
	for path, message := range map[string]any{
		"quantity": &one, "field.Limit": &field{one}, "pointer.Limit": &pointer{&one}, "list.Limits": &list{[]quantity{one}},
		"mapped.Limits": &mapped{map[string]quantity{"cpu": one}},
	} {
		for _, engine := range []tagwire.Engine{tagwire.Auto, tagwire.Reflect} {
			options := []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine)}
			_, err := tagwire.Marshal(message, options...)
			for _, err := range []error{err, tagwire.Unmarshal([]byte{0x0a, 1, '5'}, message, options...)} {
				var failure *tagwire.Error
				if !errors.Is(err, tagwire.ErrUnsupportedType) || !errors.As(err, &failure) || failure.Path != path ||
					!strings.Contains(err.Error(), "only its own methods") {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
}

// TestEmptyMessages: generated messages without fields have only what generators put into all structs.
func TestEmptyMessages(t *testing.T) {
	type holds struct {
		Go    *emptypb.Empty            `protobuf:"1"`
		Gogo  gogotypes.Empty           `protobuf:"2"`
		List  []*gogotypes.Empty        `protobuf:"3"`
		ByKey map[string]*emptypb.Empty `protobuf:"4"`
	}
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		for _, empty := range []any{new(emptypb.Empty), new(gogotypes.Empty)} {
			if err := tagwire.Unmarshal([]byte{0x50, 1}, empty, options...); err != nil {
				t.Error(err)
			}
			if data, err := tagwire.Marshal(empty, options...); err != nil || string(data) != "\x50\x01" {
				t.Errorf("%T: % x, %v", empty, data, err)
			}
		}
		want := "\x0a\x00\x12\x00\x1a\x00\x22\x05\x0a\x01k\x12\x00"
		back := new(holds)
		if err := tagwire.Unmarshal([]byte(want), back, options...); err != nil {
			t.Fatal(err)
		}
		if data, err := tagwire.Marshal(back, options...); err != nil || string(data) != want {
			t.Errorf("% x, %v", data, err)
		}
	})
}
