package harness

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/fuzz/record"
)

// Outcome is what all ways of decoding one input agreed on.
type Outcome struct {
	// Value is a pointer to the case's struct, as far as it was decoded.
	Value any
	// Used is the bytes used, if there was no error.
	Used int
	// Err is nil if the input was accepted.
	Err *tagwire.Error
}

// String returns "used 12", or the error as Fault writes it.
func (o Outcome) String() string {
	if o.Err != nil {
		return Fault(o.Err)
	}
	return fmt.Sprint("used ", o.Used)
}

// Fault writes an error as the tables of the tests do: "SizeLimit at 4 in Lists.Rows[0]".
func Fault(err *tagwire.Error) string {
	return fmt.Sprintf("%s at %d in %s", codeNames[err.Code], err.Offset, err.Path)
}

var codeNames = map[codec.Code]string{
	codec.ShortBuffer: "ShortBuffer", codec.InvalidData: "InvalidData", codec.NegativeSize: "NegativeSize",
	codec.SizeLimit: "SizeLimit", codec.DepthLimit: "DepthLimit", codec.Required: "Required",
	codec.TrailingData: "TrailingData", codec.BufferTooSmall: "BufferTooSmall",
	codec.UnsupportedType: "UnsupportedType", codec.InvalidTag: "InvalidTag",
	codec.WriteFailed: "WriteFailed",
}

// Decoder decodes inputs for one case under one engine.
type Decoder struct {
	t         testing.TB
	engine    Engine
	c         cases.Case
	codec     typedCodec
	pages     *guard.Pages
	populated map[string]string // the populated target's fields before decoding
	initial   map[string]string // a fresh target's fields
	arena     *tagwire.Arena    // has had all inputs
	stale     any               // is what the last input left in the arena
}

// NewDecoder returns a decoder of a case; inputs may be up to size bytes long.
func NewDecoder(t testing.TB, e Engine, c cases.Case, size int) *Decoder {
	t.Helper()
	target := c.New()
	initial := cases.FieldTexts(target)
	cases.Populate(target)
	return &Decoder{
		t: t, engine: e, c: c, codec: codecOf(t, e, c, false), pages: guard.New(t, size),
		populated: cases.FieldTexts(target), initial: initial, arena: new(tagwire.Arena), stale: c.New(),
	}
}

// Decode decodes the input in every way and fails the test where they differ.
func (d *Decoder) Decode(input []byte) Outcome {
	plain := d.c.New()
	used, err := d.codec.untyped().Decode(bytes.Clone(input), plain)
	outcome := Outcome{Value: plain, Used: used, Err: d.wellFormed(input, err)}

	d.fresh(input, outcome, "before a guard page", func(target any) (int, error) {
		return d.codec.decode(d.pages.AtEnd(input), target)
	})
	d.fresh(input, outcome, "behind a guard page", func(target any) (int, error) {
		return tagwire.Decode(d.pages.AtStart(input), target, d.engine.Options()...)
	})
	d.fresh(input, outcome, "within a longer buffer", func(target any) (int, error) {
		longer := append(bytes.Clone(input), bytes.Repeat([]byte{0}, 64)...)
		return d.codec.decode(longer[:len(input)], target)
	})
	d.onStack(input, outcome)
	d.whileGrowing(input, outcome)
	d.intoPopulated(input, outcome)
	d.inArena(input, outcome)
	if d.engine.kind == tagwire.Native && record.Wanted() {
		record.Output(d.t, d.engine.Name+" decode "+d.c.Name, input, []byte(outcome.String()+cases.Text(plain)))
	}
	return outcome
}

// Fault returns what decoding the input in one way ends in: for a sweep over very many inputs.
func (d *Decoder) Fault(input []byte) Outcome {
	target := d.c.New()
	used, err := d.codec.decode(d.pages.AtEnd(input), target)
	return Outcome{Value: target, Used: used, Err: d.wellFormed(input, err)}
}

// fresh decodes into a fresh target and compares.
func (d *Decoder) fresh(input []byte, want Outcome, way string, decode func(any) (int, error)) {
	target := d.c.New()
	used, err := decode(target)
	d.same(input, want, Outcome{Value: target, Used: used, Err: d.wellFormed(input, err)}, way)
	d.sameValue(input, want.Value, target, way)
}

func (d *Decoder) onStack(input []byte, want Outcome) {
	if len(input) > stackSize {
		return
	}
	var value any
	var used int
	var err error
	onFreshStack(func() { value, used, err = d.codec.decodeOnStack(input) })
	d.same(input, want, Outcome{Value: value, Used: used, Err: d.wellFormed(input, err)}, "on the stack")
	d.sameValue(input, want.Value, value, "on the stack")
}

// whileGrowing decodes the input as a field of growth[T]: offset and path are those of the plain decode,
// further in.
func (d *Decoder) whileGrowing(input []byte, want Outcome) {
	const way = "while the stack grows"
	growthPrefix := growthPrefixes[d.engine.Format](len(input))
	wrapped := append(bytes.Clone(growthPrefix), input...)
	if want.Err == nil && d.engine.Format != tagwire.Protobuf {
		wrapped = append(wrapped[:len(growthPrefix)+want.Used], 0)
	}
	if len(wrapped) > stackSize {
		return
	}
	var value any
	var used int
	var err error
	onFreshStack(func() { value, used, err = d.codec.decodeWhileGrowing(wrapped) })
	if (err == nil) != (want.Err == nil) {
		d.fail(input, way, err, want)
	}
	if err == nil && used != len(wrapped) {
		d.fail(input, way, used, len(wrapped))
	}
	var wrong *tagwire.Error
	if errors.As(err, &wrong) {
		got := *wrong
		got.Offset -= len(growthPrefix)
		if i := strings.Index(got.Path, ".Value"); i >= 0 && !strings.Contains(want.Err.Path, "...") {
			got.Path = d.c.Name + got.Path[i+len(".Value"):]
		} else {
			got.Path = want.Err.Path
		}
		d.same(input, want, Outcome{Err: &got}, way)
	}
	if value != nil {
		d.sameValue(input, want.Value, value, way)
	}
}

// intoPopulated checks that a target that held another value ends up with the new fields whole and the
// absent ones untouched; in Protobuf, with nothing of what it held, unless the message is merged into it.
func (d *Decoder) intoPopulated(input []byte, want Outcome) {
	const way = "into a populated target"
	target := d.c.New()
	cases.Populate(target)
	used, err := d.codec.decode(bytes.Clone(input), target)
	d.same(input, want, Outcome{Value: target, Used: used, Err: d.wellFormed(input, err)}, way)
	got := cases.FieldTexts(target) // reads all of the value, also after an error
	if d.engine.Format == tagwire.Protobuf {
		d.sameValue(input, want.Value, target, way)
		d.merged(input)
		return
	}
	if err != nil {
		return
	}
	for name, fresh := range cases.FieldTexts(want.Value) {
		absent := name != cases.UnknownField && fresh == d.initial[name]
		if got[name] != fresh && !(absent && got[name] == d.populated[name]) {
			d.fail(input, way+", field "+name, got[name], fresh)
		}
	}
}

// merged checks that a message merged into a target is what it is behind the message that the target was decoded from. What is refused is
// refused alike, that many bytes further on.
func (d *Decoder) merged(input []byte) {
	const way = "merged"
	target := d.c.New()
	cases.Populate(target)
	first, err := tagwire.Marshal(target, d.engine.Options()...)
	if err != nil {
		d.fail(input, way, err, nil)
	}
	whole := d.c.New()
	_, wantErr := d.codec.decode(append(bytes.Clone(first), input...), whole)
	_, err = tagwire.Decode(bytes.Clone(input), target, d.engine.Options(tagwire.WithMerge())...)
	got, want := d.wellFormed(input, err), d.wellFormed(append(first, input...), wantErr)
	switch {
	case got != nil && got.Code == codec.Required && want == nil: // of fields that do not show whether they are there each part needs all
	case (got == nil) != (want == nil):
		d.fail(input, way, got, want)
	case got != nil && (got.Code != want.Code || got.Offset+len(first) != want.Offset || got.Type != want.Type):
		d.fail(input, way, got, want)
	case got == nil:
		d.sameValue(input, cases.Complete(whole), cases.Complete(target), way)
	default:
		_ = cases.Text(target)
	}
}

// inArena decodes the input into memory that has served for other inputs, and then uses what the last one left there: the values
// are any, but none may do harm.
func (d *Decoder) inArena(input []byte, want Outcome) {
	d.arena.Reset()
	_ = cases.Text(d.stale)
	d.fresh(input, want, "in an arena", func(target any) (int, error) {
		used, err := d.codec.decodeIn(d.arena, bytes.Clone(input), target)
		_ = cases.Text(d.stale)
		d.stale = target
		return used, err
	})
}

// same compares two outcomes of one input, values apart.
func (d *Decoder) same(input []byte, want, got Outcome, way string) {
	if got.String() != want.String() && !(got.Err == nil && want.Err == nil && got.Used == want.Used) {
		d.fail(input, way, got, want)
	}
	if got.Err != nil && want.Err != nil && got.Err.Type != want.Err.Type {
		d.fail(input, way, got.Err.Type, want.Err.Type)
	}
}

func (d *Decoder) sameValue(input []byte, want, got any, way string) {
	if !cases.Equal(want, got) {
		d.fail(input, way, cases.Text(got), cases.Text(want))
	}
}

func (d *Decoder) fail(input []byte, way string, got, want any) {
	d.t.Helper()
	d.t.Fatalf("%s, %s, %s, %s\ngot  %v\nwant %v", d.engine.Name, d.c.Name, way, preview(input), got, want)
}

// preview shows an input in a message, the middle left out if it is long.
func preview(input []byte) string {
	if len(input) <= 200 {
		return fmt.Sprintf("%d bytes %x", len(input), input)
	}
	return fmt.Sprintf("%d bytes %x..%x", len(input), input[:100], input[len(input)-100:])
}

// decodeFaults are the codes that bytes may lead to.
var decodeFaults = map[codec.Code]bool{
	codec.ShortBuffer: true, codec.InvalidData: true, codec.NegativeSize: true, codec.SizeLimit: true,
	codec.DepthLimit: true, codec.Required: true,
}

// wellFormed checks that an error says all that an error must say.
func (d *Decoder) wellFormed(input []byte, err error) *tagwire.Error {
	if err == nil {
		return nil
	}
	var e *tagwire.Error
	switch {
	case !errors.As(err, &e):
		d.fail(input, "error type", reflect.TypeOf(err), "*tagwire.Error")
	case !decodeFaults[e.Code]:
		d.fail(input, "error code", err, "one for hostile bytes")
	case !errors.Is(err, e.Code):
		d.fail(input, "errors.Is", false, e.Code)
	case e.Offset < 0 || e.Offset > len(input):
		d.fail(input, "error offset", err, fmt.Sprint("at most ", len(input)))
	case e.Path != d.c.Name && !strings.HasPrefix(e.Path, d.c.Name+"."):
		d.fail(input, "error path", e.Path, d.c.Name)
	}
	return e
}
