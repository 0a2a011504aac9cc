package grpcadapter

import "github.com/tagwire/tagwire/rpc/contract"

// method is a method of a contract with the messages that gRPC carries for it.
type method struct {
	*contract.Messages
	service string
}

func newMethod(service string, m *contract.Method) *method {
	return &method{contract.MessagesOf(m), service}
}

// fullName is the path of the method in gRPC.
func (m *method) fullName() string { return "/" + m.service + "/" + m.Name }
