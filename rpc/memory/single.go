package memory

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire"
)

// A Single is a struct type that is a message by itself, in one format, as those of streams are.
type Single struct {
	*Structs
	// Codec is that of Format.
	Codec  *tagwire.TypeCodec
	Format tagwire.Format
}

// singleKey is the key of a Single.
type singleKey struct {
	typ    reflect.Type
	format tagwire.Format
}

// Single returns the Single of type t in a format.
func (l *Types) Single(t reflect.Type, f tagwire.Format) (*Single, error) {
	key := singleKey{t, f}
	if known, found := l.singles.Load(key); found {
		return known.(*Single), nil
	}
	codec, err := tagwire.CodecOf(t, tagwire.WithFormat(f), tagwire.WithMaxAlloc(l.Limits.MaxAlloc), tagwire.WithMaxDepth(l.Limits.MaxDepth))
	if err != nil {
		return nil, err
	}
	made := &Single{Structs: &Structs{typ: t, Aliases: codec.Aliases()}, Codec: codec, Format: f}
	made.Codecs[f] = codec
	known, _ := l.singles.LoadOrStore(key, made)
	return known.(*Single), nil
}

// Pointer returns p, which points to a value of the type, as a pointer of its own type.
func (s *Single) Pointer(p unsafe.Pointer) any { return reflect.NewAt(s.typ, p).Interface() }
