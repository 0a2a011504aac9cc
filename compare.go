package tagwire

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/schema"
)

// comparing: TAGWIRE_DEBUG=compare. Before native code serves a call, both engines do the same into scratch memory first,
// and what they differ in is reported.
var comparing = jit.Comparing()

// differences is where reports go.
var differences io.Writer = os.Stderr

// shown is the most bytes of an input or output that a report has.
const shown = 256

// report says that the engines differ. about is a part of the input or output.
func (e *typeCodec) report(call string, about []byte, format string, arguments ...any) {
	fmt.Fprintf(differences, "tagwire: the engines differ in the %s of %v: %s; %d bytes %x\n",
		call, e.typ, fmt.Sprintf(format, arguments...), len(about), about[:min(shown, len(about))])
}

// compareSize measures the struct at p by both engines.
func (e *typeCodec) compareSize(native *jit.Codec, p unsafe.Pointer, c *config) {
	got, ok := native.Size(p, &c.Settings)
	options := c.Settings
	options.Size = 0 // what native code is not told of
	want, _, err := e.plain.Size(p, &options)
	if ok != (err == nil) || ok && got != want {
		e.report("size", nil, "native says %d, %v; reflection %d, %v", got, ok, want, err)
	}
}

// compareEncode encodes the struct at p by both engines into room of the given length.
func (e *typeCodec) compareEncode(native *jit.Codec, length int, p unsafe.Pointer, c *config) {
	got, want := make([]byte, length), make([]byte, length)
	n, ok := native.Encode(got, p, &c.Settings)
	options := c.Settings
	options.Size = 0
	m, err := e.plain.Encode(want, p, &options, nil)
	if ok != (err == nil) || n != m {
		e.report("encoding", want[:m], "native says %d, %v; reflection %d, %v", n, ok, m, err)
		return
	}
	e.compareBytes(got[:n], want[:m], c)
}

// compareDirect is compareEncode with large strings and binaries referred to.
func (e *typeCodec) compareDirect(code *jit.Direct, length int, p unsafe.Pointer, c *config) {
	got, want := make([]byte, length), make([]byte, length)
	n, references, ok := code.Encode(got, p, &c.Settings)
	options := c.Settings
	options.Size = 0
	plain := cuts{size: length}
	m, err := e.plain.Encode(want, p, &options, &plain)
	if ok != (err == nil) || n != m || ok && len(references) != len(plain.references) {
		e.report("direct encoding", want[:m], "native says %d, %v, and refers to %d; reflection %d, %v, and %d",
			n, ok, len(references), m, err, len(plain.references))
		return
	}
	if ok {
		e.compareBytes(joined(got[:n], references), joined(want[:m], plain.references), c)
	}
}

// joined returns an encoding with what it refers to.
func joined(written []byte, references []jit.Reference) (all []byte) {
	from := 0
	for _, r := range references {
		all = append(append(all, written[from:r.At]...), r.Bytes...)
		from = r.At
	}
	return append(all, written[from:]...)
}

// compareBytes compares what native code wrote with what reflection did. Maps may come in another order, unless they are
// sorted; then what the bytes stand for has to be the same.
func (e *typeCodec) compareBytes(got, want []byte, c *config) {
	if bytes.Equal(got, want) {
		return
	}
	if c.Deterministic {
		e.report("encoding", got, "reflection wrote %x", want[:min(shown, len(want))])
		return
	}
	first, second := reflect.New(e.typ).UnsafePointer(), reflect.New(e.typ).UnsafePointer()
	limits := codec.Settings{Limits: codec.Limits{Depth: c.Depth}}
	used, err := e.plain.Decode(got, first, &limits)
	if err != nil || used != len(got) {
		e.report("encoding", got, "native wrote what ends after %d bytes, %v", used, err)
		return
	}
	if _, err := e.plain.Decode(want, second, &limits); err == nil {
		if where := e.differ(first, second); where != "" {
			e.report("encoding", got, "%s", where)
		}
	}
}

// compareDecode decodes by both engines into copies of the target, which is not yet changed. What a decode finds in a
// target it replaces; so a copy of the struct itself is as good as a target of its own.
func (e *typeCodec) compareDecode(native *jit.Codec, data []byte, target unsafe.Pointer, c *config) {
	first, second := reflect.New(e.typ), reflect.New(e.typ)
	first.Elem().Set(reflect.NewAt(e.typ, target).Elem())
	second.Elem().Set(first.Elem())
	e.plain.reset(first.UnsafePointer())
	n, _, ok := native.Decode(data, first.UnsafePointer(), &c.Settings)
	options := c.Settings
	options.Size = 0
	m, err := e.plain.Decode(data, second.UnsafePointer(), &options)
	if ok != (err == nil) || ok && n != m {
		e.report("decoding", data, "native says %d, %v; reflection %d, %v", n, ok, m, err)
	} else if ok {
		if where := e.differ(first.UnsafePointer(), second.UnsafePointer()); where != "" {
			e.report("decoding", data, "%s", where)
		}
	}
}

// differ says where two structs differ: in what they hold, nil or empty, bit for bit. Maps whose keys are structs are
// compared by their encodings.
func (e *typeCodec) differ(a, b unsafe.Pointer) string {
	if where := differInStruct(e.schema, a, b); where != "" {
		return where
	}
	sorted := codec.Settings{Deterministic: true}
	first, second := e.plainBytes(a, &sorted), e.plainBytes(b, &sorted)
	if !bytes.Equal(first, second) {
		return fmt.Sprintf("the values encode to %x and %x", first, second)
	}
	return ""
}

func (e *typeCodec) plainBytes(p unsafe.Pointer, options *codec.Settings) []byte {
	n, _, err := e.plain.Size(p, options)
	if err != nil {
		return nil
	}
	buf := make([]byte, n)
	n, _ = e.plain.Encode(buf, p, options, nil)
	return buf[:n]
}

func differInStruct(s *schema.StructType, a, b unsafe.Pointer) string {
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Wrapper != nil {
			if where := differInWrapper(f, a, b); where != "" {
				return f.Name + where
			}
			continue
		}
		// Both point to a struct of this type, which the reflect values keep.
		if where := differ(f.Type, reflect.NewAt(f.Type.Go, unsafe.Add(a, f.Offset)).Elem(), reflect.NewAt(f.Type.Go, unsafe.Add(b, f.Offset)).Elem()); where != "" {
			return f.Name + where
		}
	}
	return ""
}

// differInWrapper compares the values of a member of a oneof, if an interface of both holds them.
func differInWrapper(f *schema.Field, a, b unsafe.Pointer) string {
	one, other := reflect.NewAt(f.Interface, unsafe.Add(a, f.Offset)).Elem().Elem(), reflect.NewAt(f.Interface, unsafe.Add(b, f.Offset)).Elem().Elem()
	holds := func(v reflect.Value) bool {
		return v.IsValid() && v.Type() == reflect.PointerTo(f.Wrapper) && !v.IsNil()
	}
	if !holds(one) || !holds(other) {
		return unequal(holds(one) == holds(other), reflect.ValueOf(holds(one)), reflect.ValueOf(holds(other)))
	}
	return differ(f.Type, one.Elem().Field(0), other.Elem().Field(0))
}

// differ says where two values differ: a path, and what they are.
func differ(t *schema.Type, a, b reflect.Value) string {
	if t.Pointer {
		if a.IsNil() || b.IsNil() {
			return unequal(a.IsNil() == b.IsNil(), a, b)
		}
		a, b = a.Elem(), b.Elem()
	}
	switch t.Kind {
	case schema.Struct:
		if where := differInStruct(t.Struct, a.Addr().UnsafePointer(), b.Addr().UnsafePointer()); where != "" {
			return "." + where
		}
		return ""
	case schema.Double, schema.Float:
		return unequal(math.Float64bits(a.Float()) == math.Float64bits(b.Float()), a, b)
	case schema.Binary:
		return unequal(a.IsNil() == b.IsNil() && bytes.Equal(a.Bytes(), b.Bytes()), a, b)
	case schema.List, schema.Set:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return unequal(false, a, b)
		}
		for n := range a.Len() {
			if where := differ(t.Elem, a.Index(n), b.Index(n)); where != "" {
				return fmt.Sprintf("[%d]%s", n, where)
			}
		}
		return ""
	case schema.Map:
		return differInMap(t, a, b)
	}
	return unequal(a.Equal(b), a, b)
}

func differInMap(t *schema.Type, a, b reflect.Value) string {
	if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
		return unequal(false, a, b)
	}
	if t.Key.Kind == schema.Struct || t.Key.Kind == schema.Double { // keys that are not found again
		return ""
	}
	for entries := a.MapRange(); entries.Next(); {
		other := b.MapIndex(entries.Key())
		if !other.IsValid() {
			return fmt.Sprintf("[%v] is missing", entries.Key())
		}
		if where := differ(t.Elem, addressable(entries.Value()), addressable(other)); where != "" {
			return fmt.Sprintf("[%v]%s", entries.Key(), where)
		}
	}
	return ""
}

// addressable copies what a map gives out to a place with an address.
func addressable(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

func unequal(equal bool, a, b reflect.Value) string {
	if equal {
		return ""
	}
	const longest = 60
	text := func(v reflect.Value) string {
		s := fmt.Sprintf("%#v", v)
		return s[:min(longest, len(s))]
	}
	return fmt.Sprintf(" is %s and %s", text(a), text(b))
}
