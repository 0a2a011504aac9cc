package descriptor

import "github.com/tagwire/tagwire/rpc/contract"

// Of returns the service of that name with the methods of a contract. Those whose messages are those of Thrift have no messages here.
func Of(name string, methods []*contract.Method) Service {
	s := Service{Name: name}
	for _, m := range methods {
		d := Method{Name: m.Name, ClientStreams: m.ClientStreams, ServerStreams: m.ServerStreams}
		switch {
		case !m.Protobuf:
		case m.Streams():
			d.Request, d.Reply = m.Request, m.Response
		default:
			d.Request, d.Reply = m.Arguments.Field(0).Type, m.Result.Field(0).Type
		}
		if m.Protobuf {
			for _, e := range m.Exceptions {
				d.Exceptions = append(d.Exceptions, e.Type)
			}
		}
		s.Methods = append(s.Methods, d)
	}
	return s
}
