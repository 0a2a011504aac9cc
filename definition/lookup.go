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

// Enum returns the enum that a type refers to, or nil.
func (d *Definitions) Enum(r *Ref) *Enum {
	if f := d.File(r.Path); f != nil {
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
	if f := d.File(r.Path); f != nil {
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
	if f := d.File(r.Path); f != nil {
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
	if f := d.File(r.Path); f != nil {
		for _, s := range f.Services {
			if s.Name == r.Name {
				return s
			}
		}
	}
	return nil
}

// Resolve returns what a type stands for after all typedefs.
func (d *Definitions) Resolve(t *Type) *Type {
	for t.Kind == KindTypedef {
		t = d.Typedef(t.Ref).Type
	}
	return t
}
