package descriptor

import (
	"reflect"
	"strings"

	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/rpc/protobuf"
	"github.com/tagwire/tagwire/schema"
)

// A namespace is a package whose services and messages are described from contracts and tags. What they reach is described in the same
// package, unless it is generated: so these files import those of generated types and no others, and cannot import each other.
type namespace struct {
	*builder
	name     string
	file     *FileDescriptorProto
	messages map[*schema.StructType]string         // their full names
	order    []*schema.StructType                  // those that are not inside of others, in the order in which they were found
	enums    map[reflect.Type]*EnumDescriptorProto // nil for numbers
	needs2   bool                                  // proto3 cannot express all of it
	imports  map[string]bool                       // paths

	enumUses  []enumUse
	enumOrder []*EnumDescriptorProto // in the order in which they were found
}

// namespace returns the namespace of a package.
func (b *builder) namespace(name string) *namespace {
	n := b.packages[name]
	if n == nil {
		n = &namespace{builder: b, name: name, file: &FileDescriptorProto{Package: name}, messages: map[*schema.StructType]string{},
			enums: map[reflect.Type]*EnumDescriptorProto{}, imports: map[string]bool{}}
		b.packages[name] = n
		b.addScope(name)
	}
	return n
}

// take takes a name in the package: the one that is given, or that with a number behind it.
func (n *namespace) take(short string, kind symbolKind) string {
	for used := (naming.Scope{}); ; {
		candidate := used.Take(short)
		if full := joinName(n.name, candidate); n.isFree(full) {
			n.symbols[full] = symbolAt{kind: kind}
			return candidate
		}
	}
}

func (n *namespace) isFree(full string) bool {
	_, taken := n.symbols[full]
	return !taken && !n.scopes[full]
}

// nameAll names all that services refer to: exceptions first, since errors name them on the wire, then requests and replies, what those reach,
// and enums.
func (b *builder) nameAll(services []Service) {
	for _, s := range services {
		for _, m := range s.Methods {
			for _, e := range m.Exceptions {
				if plan := b.planOf(e); plan != nil {
					home, short := b.namespace(packageOf(s.Name)).homeOf(s.Name, e)
					home.add(plan, short)
				}
			}
		}
	}
	for _, s := range services {
		n := b.namespace(packageOf(s.Name))
		for _, m := range s.Methods {
			if plan := b.planOf(m.Request); plan != nil {
				n.add(plan, shortName(m.Request, m.Name+"Request"))
			}
			if plan := b.planOf(m.Reply); plan != nil {
				n.add(plan, shortName(m.Reply, m.Name+"Reply"))
			}
		}
	}
	for _, n := range b.packages {
		for i := 0; i < len(n.order); i++ { // which grows
			n.walk(n.order[i])
		}
		n.nameEnums()
	}
}

// planOf returns the plan of a message that no file of generated types has.
func (b *builder) planOf(t reflect.Type) *schema.StructType {
	if b.library.names[t] != "" {
		return nil
	}
	plan, _ := schema.Protobuf.Of(t)
	return plan
}

// shortName returns the name of a message. An unnamed struct gets the other one.
func shortName(t reflect.Type, other string) string {
	if t.Name() == "" {
		return other
	}
	return naming.Identifier(t.Name())
}

// homeOf returns where an exception is described: errors name it with its package.
func (n *namespace) homeOf(service string, t reflect.Type) (home *namespace, short string) {
	full := fullName(service, t)
	scope, short := splitName(full)
	if !isFullName(full) || scope != n.name && n.symbolAround(full) != "" {
		return n, shortName(t, "Exception")
	}
	return n.namespace(scope), short
}

// fullName is protobuf.Name, "" where that panics in a method of a user's type.
func fullName(service string, t reflect.Type) (name string) {
	defer func() {
		if recover() != nil {
			name = ""
		}
	}()
	return protobuf.Name(service, t)
}

// add names a message.
func (n *namespace) add(plan *schema.StructType, short string) {
	if _, known := n.messages[plan]; known {
		return
	}
	n.messages[plan] = joinName(n.name, n.take(short, symbolMessage))
	n.order = append(n.order, plan)
}

// walk names the messages to which the fields of a message refer.
func (n *namespace) walk(plan *schema.StructType) {
	for i := range plan.Fields {
		f := &plan.Fields[i]
		n.needs2 = n.needs2 || needsProto2(f)
		for _, t := range valuesOf(f.Type) {
			switch {
			case n.isInline(t):
				n.walk(t.Struct)
			case t.Struct != nil && t.Struct.Held == schema.HeldFields && n.library.names[t.Struct.Go] == "":
				n.add(t.Struct, naming.Identifier(t.Struct.Go.Name()))
			case mayBeEnum(t):
				n.walkEnum(t.Base(), f.Said)
			}
		}
	}
}

// isInline reports whether the message is described inside of the one that has the field: it has no name, or is a group.
func (n *namespace) isInline(t *schema.Type) bool {
	return t.Struct != nil && t.Struct.Held == schema.HeldFields &&
		(t.Form == schema.Group || t.Struct.Go.Name() == "" && n.messages[t.Struct] == "" && n.library.names[t.Struct.Go] == "")
}

// needsProto2 reports whether proto3 cannot express what the tag of a field says.
func needsProto2(f *schema.Field) bool {
	if f.Requiredness == schema.RequiredField || f.Said != nil && f.Said.Default != nil {
		return true
	}
	if f.Requiredness == schema.Default && f.Oneof == 0 && f.Type.Kind != schema.Struct {
		return true // a value that is always written
	}
	for _, t := range valuesOf(f.Type) {
		if t.Form == schema.Group || t.Kind == schema.String && !t.UTF8 && f.Said != nil && !f.Said.Proto3 {
			return true
		}
	}
	return false
}

// addService describes a service, whose messages have names.
func (n *namespace) addService(s Service) {
	_, short := splitName(s.Name)
	d := &ServiceDescriptorProto{Name: short}
	for _, m := range s.Methods {
		d.Method = append(d.Method, &MethodDescriptorProto{Name: m.Name, InputType: n.reference(m.Request), OutputType: n.reference(m.Reply),
			ClientStreaming: m.ClientStreams, ServerStreaming: m.ServerStreams})
	}
	n.file.Service = append(n.file.Service, d)
}

// reference returns the name of a message as files refer to it, and imports the file that it is in.
func (n *namespace) reference(t reflect.Type) string {
	if name := n.library.names[t]; name != "" {
		return n.referenceIn(n.symbols[name].path, name)
	}
	plan, _ := schema.Protobuf.Of(t)
	return "." + n.messages[plan]
}

func (n *namespace) referenceIn(path, name string) string {
	n.imports[path] = true
	return "." + name
}

// wellKnown returns the name of a well-known message, in place of which memory holds something else.
func (n *namespace) wellKnown(s *schema.StructType) string {
	return n.referenceIn(fileOf(s.Held), wellKnownPackage+"."+s.Name)
}

// path returns the path of a file for the package that no other file has.
func (n *namespace) path(suffix string) string {
	base := "tagwire/" + n.name
	if n.name == "" {
		base = "tagwire/unnamed"
	}
	for n.library.files[base+suffix] != nil {
		base = strings.TrimSuffix(base, "/") + "_"
	}
	return base + suffix
}
