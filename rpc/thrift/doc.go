// Package thrift puts messages on connections as Thrift peers do: the envelopes of Thrift Binary and Compact, exceptions,
// and the protocols buffered, framed and TTHeader. Package rpc offers the protocols to its users.
package thrift
