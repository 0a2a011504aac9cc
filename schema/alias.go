package schema

// Aliases reports whether a decoded value of the type may refer to the input, because a field says nocopy: one of its
// own, or one of a struct inside.
func (s *StructType) Aliases() bool { return aliases(s, map[*StructType]bool{}) }

func aliases(s *StructType, seen map[*StructType]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.NoCopy || typeAliases(f.Type, seen) {
			return true
		}
	}
	return false
}

func typeAliases(t *Type, seen map[*StructType]bool) bool {
	return t != nil && (t.Struct != nil && aliases(t.Struct, seen) || typeAliases(t.Key, seen) || typeAliases(t.Elem, seen))
}
