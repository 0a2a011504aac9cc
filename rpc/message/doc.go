// Package message has what an RPC message is: its parts, its errors, the limits on it, and how a [Protocol] puts it on a connection.
// It knows no wire format. Package rpc offers these names to its users.
package message
