package tagwire

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/tagwire/tagwire/jit"
)

// EngineInfo says how values of a type are encoded and decoded.
type EngineInfo struct {
	// Engine is Native or Reflect; Auto if the type cannot be served at all.
	Engine Engine
	// Reason says why it is not Native, or what is wrong with the type.
	Reason string
	// CodeBytes is the size of the type's machine code in bytes, without that of AppendBuffers and EncodeDirect.
	CodeBytes int
	// CompileTime is what compiling it took.
	CompileTime time.Duration
}

// Statistics counts what happened in this process so far.
type Statistics struct {
	// Types is the number of types in use; one that is used in two formats counts twice.
	Types int
	// NativeTypes is how many of them have been compiled.
	NativeTypes int
	// CodeBytes is the machine code in memory.
	CodeBytes int
	// MappedBytes is the memory that is mapped for it, in whole pages. It never shrinks, and stays below 256 MiB: types
	// beyond that stay on reflection.
	MappedBytes int
	// CompileTime is the time spent on compiling, in all.
	CompileTime time.Duration
	// NativeCalls and ReflectCalls count the calls that each engine served. Marshal and Append are two calls:
	// one for the size and one for the bytes.
	NativeCalls, ReflectCalls uint64
	// Exits counts, by kind, how often native code asked Go for something.
	Exits map[string]uint64
	// Refusals counts calls that native code refused and reflection then served. The result is correct; the refusal is
	// a bug to be reported.
	Refusals uint64
}

// environment is what TAGWIRE_ENGINE says.
var environment = func() (e struct {
	engine Engine
	err    error
}) {
	switch name := os.Getenv("TAGWIRE_ENGINE"); name {
	case "":
	case "native":
		e.engine = Native
	case "reflect":
		e.engine = Reflect
	default:
		e.err = fmt.Errorf(`the environment has TAGWIRE_ENGINE=%q; it may be "native" or "reflect"`, name)
	}
	return e
}()

// EngineOf says how values of the struct type t, or of the struct that t points to, are encoded and decoded
// under the options. It never fails: Reason says what is wrong with t.
//
// Where native code may serve, EngineOf compiles the type first, like Compile, if that has not happened yet: so what it
// says holds for all later calls. To look without changing anything there is Stats. The code of AppendBuffers and
// EncodeDirect is not part of that: it is compiled after the first call that could use it. Until then reflection
// serves them, unless native code is required.
func EngineOf(t reflect.Type, options ...Option) EngineInfo {
	var local config
	c := configOf(options, &local)
	err := c.check(t)
	var e *typeCodec
	if err == nil {
		e, err = structCodec(t, c)
	}
	switch {
	case err != nil:
		return EngineInfo{Reason: err.Error()}
	case !c.allowNative:
		return EngineInfo{Engine: Reflect, Reason: "reflection was asked for"}
	}
	if err := e.prepare(c); err != nil {
		return EngineInfo{Engine: Reflect, Reason: err.Error()}
	}
	native := e.native.codec.Load().Info()
	return EngineInfo{Engine: Native, CodeBytes: native.CodeBytes, CompileTime: native.CompileTime}
}

// structCodec is typeCodecUnder for a struct type or a pointer to one.
func structCodec(t reflect.Type, c *config) (*typeCodec, error) {
	s := t
	if t != nil && t.Kind() == reflect.Pointer {
		s = t.Elem()
	}
	if s == nil || s.Kind() != reflect.Struct {
		return nil, usageError(t, "not a struct or a pointer to one")
	}
	return typeCodecUnder(s, c)
}

// Compile prepares types, structs or pointers to structs, so that their first use is as fast as any: where native code
// can run, they are compiled before it returns. Without it, a type is compiled in the background after some use. Compile
// reports what is wrong with any of the types, joined. That a type has to stay on reflection is no error, unless the
// environment requires native code; EngineOf gives the reason. The code is for ThriftBinary: EngineOf prepares a type for
// the format that WithFormat names.
func Compile(types ...reflect.Type) error {
	var all []error
	for _, t := range types {
		err := defaults.check(t)
		if err == nil {
			var e *typeCodec
			if e, err = structCodec(t, &defaults); err == nil {
				_ = e.prepare(&defaults)
			}
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// Stats returns the counts of this process. It may be called at any time.
func Stats() Statistics {
	return Statistics{
		Types:        int(typeCount.Load()),
		NativeTypes:  int(nativeTypes.Load()),
		CodeBytes:    int(codeBytes.Load()),
		MappedBytes:  jit.MappedBytes(),
		CompileTime:  time.Duration(compileTime.Load()),
		NativeCalls:  jit.Calls(),
		ReflectCalls: reflectCalls.Load(),
		Exits:        jit.Exits(),
		Refusals:     refusals.Load(),
	}
}
