package codec

// Settings are those of one call, for both engines.
type Settings struct {
	Limits
	// Arena is what a decoding takes all memory from; nil for memory of the value's own.
	Arena *Arena
	// ZeroCopy: decoded strings and binaries alias the input.
	ZeroCopy bool
	// OwnedStrings: every decoded string and binary has an allocation of its own.
	OwnedStrings bool
	// Merge: what is decoded is merged into the target, which is not reset before; Protobuf only.
	Merge bool
	// Deterministic: map entries are written in the order of their keys.
	Deterministic bool
}
