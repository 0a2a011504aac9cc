package jit

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// Plain serves single fields of a struct type that native code leaves to Go. number is the index of the field in
// the schema, or -1 for the bytes in _unknownFields; levels is how many structs and containers may be opened. A
// field that is refused is reported as false, without a reason: the whole call is repeated by the plain codec.
type Plain interface {
	// SizeField returns the bytes that EncodeField writes for the struct at value.
	SizeField(number int, value unsafe.Pointer, levels int) (n int, ok bool)
	// EncodeField writes the field of the struct at value, header included, to the start of buf; nothing if it is
	// left out.
	EncodeField(buf []byte, number int, value unsafe.Pointer, levels int) (n int, ok bool)
	// DecodeField reads the value of the field, behind its header, from the start of data.
	DecodeField(data []byte, number int, value unsafe.Pointer, levels int) (n int, ok bool)
}

// A Codec is the native code of a struct type. It is immutable and safe for concurrent use. Its methods report false
// where native code refuses; the caller then repeats the whole call on the plain codec, which knows why.
type Codec struct {
	size, encode *program
	decode       *program // nil if whole values are decoded by the plain codec; see Info
	info         Info
}

// Info tells what native code a Codec has.
type Info struct {
	// CodeBytes is its size; CompileTime what it took to make.
	CodeBytes   int
	CompileTime time.Duration
	// Fallbacks are the fields left to Go.
	Fallbacks []Fallback
}

// Fallback is a field that native code leaves to Go.
type Fallback struct{ Field, Reason string }

// Compile makes the native code of a struct type. plain is asked for the plain codec of each struct that has a field
// left to Go. Compile may be called by several goroutines; they take turns.
func Compile(s *schema.StructType, plain func(*schema.StructType) Plain) (*Codec, error) {
	return CompileInSteps(s, plain, func() {})
}

// CompileInSteps is Compile for who is in no hurry: pause is called between the steps, some microseconds apart, and may
// give the processor to others for as long as it likes. But whoever compiles meanwhile waits.
func CompileInSteps(s *schema.StructType, plain func(*schema.StructType) Plain, pause func()) (*Codec, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	compiling.Lock()
	defer compiling.Unlock()
	start := time.Now()
	c := &Codec{}
	directions := []direction{sizing, encoding}
	if reason := wholeReason(s); reason != "" {
		c.info.Fallbacks = append(c.info.Fallbacks, Fallback{Field: s.Name, Reason: "decoding: " + reason})
	} else {
		directions = append(directions, decoding)
	}
	made, u, err := compileDirections(s, directions, pause)
	if err != nil {
		return nil, err
	}
	programs := [...]**program{sizing: &c.size, encoding: &c.encode, decoding: &c.decode}
	for n, d := range made {
		p := c.program(d, plain)
		p.entry = u.entries[n]
		if isQuick(d.functions) {
			p.quick = u.bodies[n]
		}
		*programs[d.direction] = p
	}
	c.info.CodeBytes = u.segment.CodeBytes()
	c.info.CompileTime = time.Since(start)
	return c, nil
}

// compiling keeps compilations from taking every processor at once.
var compiling sync.Mutex

// compileDirections makes the designs of s and their code, which shares a segment.
func compileDirections(s *schema.StructType, directions []direction, pause func()) (made []*design, u *unit, err error) {
	unlinked := compilation{objects: permanentObjects(), owner: s.Go.String(), pause: pause, list: debugging.listingFor(s)}
	for _, d := range directions {
		p := debugging.pipelineFor(s, d)
		p.pause = pause
		result, err := p.run(s, d)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, result)
		unlinked.entered = append(unlinked.entered, len(unlinked.functions)) // the type's body comes first
		if err := unlinked.add(result.functions); err != nil {
			return nil, nil, err
		}
	}
	err = guarded("the backend on "+s.Go.String(), func() (err error) {
		u, err = unlinked.compile()
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("jit: %s: %w", s.Go, err)
	}
	return made, u, nil
}

// program makes the program of a design, without code.
func (c *Codec) program(made *design, plain func(*schema.StructType) Plain) *program {
	p := &program{structs: made.structs, slabs: made.slabs, holdsAll: made.userCode}
	for _, row := range made.fallbacks {
		p.fallbacks = append(p.fallbacks, fallbackOf(row, made.direction, plain(row.structure)))
		if row.reason != reasonPopulated {
			c.info.add(row)
		}
	}
	return p
}

// isQuick reports whether functions ask Go for nothing, another stint excepted, and store no addresses.
func isQuick(functions []*ir.Func) bool {
	for _, f := range functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op == ir.StorePtr || i.Op == ir.Exit && abi.ExitCode(i.Imm) != abi.Yield {
					return false
				}
			}
		}
	}
	return true
}

// permanentObjects are the addresses that designs refer to by name. What is there is never freed.
func permanentObjects() map[string]uint64 {
	return map[string]uint64{noByteSymbol: uint64(uintptr(unsafe.Pointer(&noByte)))}
}

// fallbackOf serves a row of a design.
func fallbackOf(row fallbackRow, d direction, plain Plain) fallbackField {
	number := row.field
	if d == sizing {
		return func(value unsafe.Pointer, _ []byte, levels int) (int, bool) {
			return plain.SizeField(number, value, levels)
		}
	}
	if d == encoding {
		return func(value unsafe.Pointer, data []byte, levels int) (int, bool) {
			return plain.EncodeField(data, number, value, levels)
		}
	}
	return func(value unsafe.Pointer, data []byte, levels int) (int, bool) {
		return plain.DecodeField(data, number, value, levels)
	}
}

// add notes a fallback once, however many directions have it.
func (i *Info) add(row fallbackRow) {
	name := schema.UnknownFieldsName
	if row.field != keptFields {
		name = row.structure.Fields[row.field].Name
	}
	f := Fallback{Field: row.structure.Name + "." + name, Reason: row.reason}
	for _, known := range i.Fallbacks {
		if known == f {
			return
		}
	}
	i.Fallbacks = append(i.Fallbacks, f)
}

// Info tells what native code c has. The caller must not change the list in it.
func (c *Codec) Info() Info { return c.info }

// Size returns the bytes that Encode writes for the struct at value, nil for an absent one.
func (c *Codec) Size(value unsafe.Pointer, levels int) (n int, ok bool) {
	return c.size.size(value, levels, 0)
}

// Encode writes the struct at value, nil for an absent one, into buf, never past its length.
func (c *Codec) Encode(buf []byte, value unsafe.Pointer, levels int) (n int, ok bool) {
	return c.encode.encode(value, buf, levels, 0)
}

// Decodes reports whether c decodes natively under options beyond limits on depth. Fields that are left to Go know
// nothing of such options.
func (c *Codec) Decodes(options bool) bool {
	return c.decode != nil && !(options && len(c.decode.fallbacks) > 0)
}

// Decode reads a struct from the start of data into the one at value, which is not nil, and returns the bytes used.
// allocation is the most bytes it may allocate; strings and binaries alias data if zeroCopy, and have allocations of
// their own if owned. Decodes must have said yes.
func (c *Codec) Decode(data []byte, value unsafe.Pointer, levels, allocation int, zeroCopy, owned bool) (n int, ok bool) {
	var flags uintptr
	if zeroCopy {
		flags |= abi.FlagZeroCopy
	}
	if owned {
		flags |= abi.FlagOwnedStrings
	}
	return c.decode.decode(value, data, levels, allocation, flags)
}

// FallbackExit is the name, in Exits, of the exit by which native code leaves a field to Go.
var FallbackExit = abi.FallbackField.String()

// Exits returns how often native code asked Go for something, by kind.
func Exits() map[string]uint64 { return exitsByKind() }
