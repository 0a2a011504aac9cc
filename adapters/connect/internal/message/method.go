// Package message makes messages of connect from the calls of a contract, and calls from messages, for all versions of connect.
package message

import "github.com/tagwire/tagwire/rpc/contract"

// Method is a method of a contract with the messages that connect carries for it.
type Method struct {
	*contract.Messages
	service string
}

func newMethod(service string, m *contract.Method) *Method {
	return &Method{contract.MessagesOf(m), service}
}

// Procedure is the path of the method.
func (m *Method) Procedure() string { return "/" + m.service + "/" + m.Name }
