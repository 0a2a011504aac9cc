package schema

// HasRequired reports whether the struct, or one inside, has a required field.
func (s *StructType) HasRequired() bool { return hasRequired(s, map[*StructType]bool{}) }

func hasRequired(s *StructType, seen map[*StructType]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Requiredness == RequiredField || typeHasRequired(f.Type, seen) {
			return true
		}
	}
	return false
}

func typeHasRequired(t *Type, seen map[*StructType]bool) bool {
	return t != nil && (t.Struct != nil && hasRequired(t.Struct, seen) || typeHasRequired(t.Elem, seen))
}
