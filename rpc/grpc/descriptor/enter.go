package descriptor

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// enter takes the names of services, and returns those services that the files of generated types do not describe.
func (b *builder) enter(services []Service) (described []Service) {
	for _, path := range slices.Sorted(maps.Keys(b.library.files)) {
		file := b.library.files[path].file
		b.addScope(file.Package)
		file.eachSymbol(func(name string, kind symbolKind) { b.symbols[name] = symbolAt{path, kind} })
	}
	for _, s := range services {
		b.addScope(packageOf(s.Name))
	}
	for _, s := range services {
		if known, found := b.symbols[s.Name]; found && known.kind == symbolService {
			if b.library.describes(known.path, &s) {
				continue
			}
			b.dropService(known.path, s.Name)
		}
		if err := b.checkName(&s); err != nil {
			b.refuse(s.Name, err)
			continue
		}
		b.symbols[s.Name] = symbolAt{kind: symbolService}
		described = append(described, s)
	}
	return described
}

// addScope enters a package and those around it.
func (b *builder) addScope(name string) {
	for ; name != ""; name = packageOf(name) {
		b.scopes[name] = true
	}
}

// describes reports whether the file at path describes a service as it is. It may have further methods.
func (l *library) describes(path string, s *Service) bool {
	file := l.files[path].file
	i := slices.IndexFunc(file.Service, func(d *ServiceDescriptorProto) bool { return joinName(file.Package, d.Name) == s.Name })
	return i >= 0 && !slices.ContainsFunc(s.Methods, func(m Method) bool {
		return !slices.ContainsFunc(file.Service[i].Method, func(d *MethodDescriptorProto) bool {
			return d.Name == m.Name && d.ClientStreaming == m.ClientStreams && d.ServerStreaming == m.ServerStreams &&
				d.InputType == "."+l.names[m.Request] && d.OutputType == "."+l.names[m.Reply]
		})
	})
}

// dropService removes a service, which is another one, from a file.
func (b *builder) dropService(path, name string) {
	s := b.library.files[path]
	s.data = nil
	s.file.Service = slices.DeleteFunc(s.file.Service, func(d *ServiceDescriptorProto) bool { return joinName(s.file.Package, d.Name) == name })
	maps.DeleteFunc(b.symbols, func(symbol string, _ symbolAt) bool { return symbol == name || strings.HasPrefix(symbol, name+".") })
}

// checkName reports why a service cannot have its name.
func (b *builder) checkName(s *Service) error {
	if _, taken := b.symbols[s.Name]; taken {
		return errors.New("a message has the same name")
	}
	if b.scopes[s.Name] {
		return errors.New("the package of something else has the same name")
	}
	if symbol := b.symbolAround(s.Name); symbol != "" {
		return fmt.Errorf("its package has the name of something else, %s", symbol)
	}
	return nil
}

// symbolAround returns a symbol that has the name of a package around name, "" if there is none.
func (b *builder) symbolAround(name string) string {
	for name = packageOf(name); name != ""; name = packageOf(name) {
		if _, taken := b.symbols[name]; taken {
			return name
		}
	}
	return ""
}
