package reflectcodec

import (
	"fmt"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// What has to be present in a struct that is written.

// refuseNil returns the error for a nil pointer to a struct that must have fields.
func (e *Encoder) refuseNil(s *structPlan) *codec.Error {
	code, reason := s.schema.WhyNeverEmpty()
	return &codec.Error{Code: code, Offset: e.Pos + e.directSize, Type: s.typ, Err: reason}
}

// checkUnion returns an error unless exactly one member of the union at p is set. Where none is, a member that is not known, and
// was kept when the union was read, stands for one.
func (e *Encoder) checkUnion(s *structPlan, p, defaults unsafe.Pointer) *codec.Error {
	if s.schema.HasInit && defaults == nil {
		return nil // InitDefault of the type is running: what it will set is not known
	}
	set := 0
	for i := range s.fields {
		if f := &s.fields[i]; !f.absent(f.at(p), defaults) {
			set++
		}
	}
	if set == 1 || set == 0 && s.schema.HasUnknown && len(*(*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))) > 0 {
		return nil
	}
	return &codec.Error{
		Code: codec.InvalidData, Offset: e.Pos + e.directSize, Type: s.typ,
		Err: fmt.Errorf("exactly one member of a union must be set, and %d are", set),
	}
}
