package thriftbinary

import wire "github.com/tagwire/tagwire/wire/thriftbinary"

// Fields of Thrift Binary are kept as they come: their first byte is a type byte, which no other format's mark is.

// Mark returns "": kept fields begin with a type byte.
func (*format) Mark() string { return "" }

// KeptSize returns the length of the run.
func (*format) KeptSize(run []byte, _ int32) int { return len(run) }

// AppendKept appends the run as it is.
func (*format) AppendKept(kept, run []byte, _ int32) []byte { return append(kept, run...) }

// Unmarked returns what was kept, if it does not begin with the mark of another format.
func (*format) Unmarked(kept []byte) ([]byte, bool) {
	return kept, len(kept) == 0 || kept[0]&wire.MarkBit == 0
}
