package descriptor

// symbolKind says what a symbol names.
type symbolKind uint8

const (
	symbolMessage symbolKind = iota
	symbolEnum
	symbolService
	symbolOther // a field, a oneof, a value of an enum, a method, an extension
)

// eachSymbol calls visit for each symbol of the file, by its full name.
func (f *FileDescriptorProto) eachSymbol(visit func(name string, kind symbolKind)) {
	for _, m := range f.MessageType {
		m.eachSymbol(f.Package, visit)
	}
	for _, e := range f.EnumType {
		e.eachSymbol(f.Package, visit)
	}
	for _, x := range f.Extension {
		visit(joinName(f.Package, x.Name), symbolOther)
	}
	for _, s := range f.Service {
		name := joinName(f.Package, s.Name)
		visit(name, symbolService)
		for _, m := range s.Method {
			visit(joinName(name, m.Name), symbolOther)
		}
	}
}

func (m *DescriptorProto) eachSymbol(scope string, visit func(name string, kind symbolKind)) {
	name := joinName(scope, m.Name)
	visit(name, symbolMessage)
	for _, f := range m.Field {
		visit(joinName(name, f.Name), symbolOther)
	}
	for _, o := range m.OneofDecl {
		visit(joinName(name, o.Name), symbolOther)
	}
	for _, x := range m.Extension {
		visit(joinName(name, x.Name), symbolOther)
	}
	for _, n := range m.NestedType {
		n.eachSymbol(name, visit)
	}
	for _, e := range m.EnumType {
		e.eachSymbol(name, visit)
	}
}

// eachSymbol visits the values beside the enum itself: that is where their names are.
func (e *EnumDescriptorProto) eachSymbol(scope string, visit func(name string, kind symbolKind)) {
	visit(joinName(scope, e.Name), symbolEnum)
	for _, v := range e.Value {
		visit(joinName(scope, v.Name), symbolOther)
	}
}

// eachExtension calls visit for each extension that the file declares.
func (f *FileDescriptorProto) eachExtension(visit func(x *FieldDescriptorProto)) {
	for _, x := range f.Extension {
		visit(x)
	}
	for _, m := range f.MessageType {
		m.eachExtension(visit)
	}
}

func (m *DescriptorProto) eachExtension(visit func(x *FieldDescriptorProto)) {
	for _, x := range m.Extension {
		visit(x)
	}
	for _, n := range m.NestedType {
		n.eachExtension(visit)
	}
}

// eachReference calls visit for the name of each type that the file refers to.
func (f *FileDescriptorProto) eachReference(visit func(name string)) {
	for _, m := range f.MessageType {
		m.eachReference(visit)
	}
	for _, x := range f.Extension {
		x.eachReference(visit)
	}
	for _, s := range f.Service {
		s.eachReference(visit)
	}
}

// eachReference calls visit for the name of each type that the message refers to, itself and those inside.
func (m *DescriptorProto) eachReference(visit func(name string)) {
	for _, f := range m.Field {
		f.eachReference(visit)
	}
	for _, x := range m.Extension {
		x.eachReference(visit)
	}
	for _, n := range m.NestedType {
		n.eachReference(visit)
	}
}

func (f *FieldDescriptorProto) eachReference(visit func(name string)) {
	if f.TypeName != "" {
		visit(f.TypeName)
	}
	if f.Extendee != "" {
		visit(f.Extendee)
	}
}

func (s *ServiceDescriptorProto) eachReference(visit func(name string)) {
	for _, m := range s.Method {
		visit(m.InputType)
		visit(m.OutputType)
	}
}
