package apachethrift

import (
	"bytes"
	"reflect"
	"unsafe"

	"github.com/apache/thrift/lib/go/thrift"
)

// A place is where a field that Apache's library does not export lies in a struct S: a pointer to an F. The library has no other way
// to ask for the limits of a protocol, or for what is left of a frame without taking it away. A version of the library that has no
// such field is served as well: it is read field by field, and written by way of another buffer.
type place[S, F any] struct {
	offset uintptr
	found  bool
}

func find[S, F any](name string) place[S, F] {
	field, ok := reflect.TypeFor[S]().FieldByName(name)
	return place[S, F]{field.Offset, ok && len(field.Index) == 1 && field.Type == reflect.TypeFor[*F]()}
}

// in returns what the field of s points to.
func (p place[S, F]) in(s *S) (f *F, found bool) {
	if !p.found {
		return nil, false
	}
	// The field has the type *F and this offset, as find has seen, and s keeps its struct alive.
	return *(**F)(unsafe.Add(unsafe.Pointer(s), p.offset)), true
}

var (
	binaryLimits  = find[thrift.TBinaryProtocol, thrift.TConfiguration]("cfg")
	compactLimits = find[thrift.TCompactProtocol, thrift.TConfiguration]("cfg")
	framesRead    = find[thrift.TFramedTransport, bytes.Buffer]("readBuf")
	framesWritten = find[thrift.TFramedTransport, bytes.Buffer]("writeBuf")
)
