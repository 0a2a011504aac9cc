// Package gogostd has code that gogo/protobuf generates, and the types that it is told to use.
package gogostd

// What fields are cast to.
type (
	Number int32
	Long   int64
	Text   string
	Blob   []byte
	Less   Few
)
