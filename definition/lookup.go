package definition

// File returns the file of a path, or nil.
func (d *Definitions) File(path string) *File {
	for _, f := range d.Files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

// fileOf returns the file of a reference, or nil, also where there is no reference.
func (d *Definitions) fileOf(r *Ref) *File {
	if r == nil {
		return nil
	}
	return d.File(r.Path)
}

// Enum returns the enum that a type refers to, or nil.
func (d *Definitions) Enum(r *Ref) *Enum {
	if f := d.fileOf(r); f != nil {
		for _, e := range f.Enums {
			if e.Name == r.Name {
				return e
			}
		}
	}
	return nil
}

// Struct returns the struct that a type refers to, or nil.
func (d *Definitions) Struct(r *Ref) *Struct {
	if f := d.fileOf(r); f != nil {
		for _, s := range f.Structs {
			if s.Name == r.Name {
				return s
			}
		}
	}
	return nil
}

// Typedef returns the typedef that a type refers to, or nil.
func (d *Definitions) Typedef(r *Ref) *Typedef {
	if f := d.fileOf(r); f != nil {
		for _, t := range f.Typedefs {
			if t.Name == r.Name {
				return t
			}
		}
	}
	return nil
}

// Service returns the service of a reference, or nil.
func (d *Definitions) Service(r *Ref) *Service {
	if f := d.fileOf(r); f != nil {
		for _, s := range f.Services {
			if s.Name == r.Name {
				return s
			}
		}
	}
	return nil
}

// Resolve returns what a type stands for after all typedefs. Its kind is [KindInvalid] where a typedef is missing, or stands for itself.
func (d *Definitions) Resolve(t *Type) *Type {
	seen := map[*Typedef]bool{}
	for t != nil && t.Kind == KindTypedef {
		def := d.Typedef(t.Ref)
		if def == nil || seen[def] {
			return new(Type)
		}
		seen[def] = true
		t = def.Type
	}
	if t == nil {
		return new(Type)
	}
	return t
}
