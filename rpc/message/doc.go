// Package message defines an RPC message: its parts, its errors, its limits, and the [Protocol] that puts it on a connection.
// It knows no wire format. Package rpc offers these names to its users.
package message
