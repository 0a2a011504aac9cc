package reflectcodec

import "github.com/tagwire/tagwire/codec"

// A WireType is a format's number for what a value is on the wire.
type WireType interface {
	~uint8
	// Fixed reports whether every value of the type takes MinSize bytes.
	Fixed() bool
	MinSize() int
}

// SkipElements passes over n elements of a list or set. Its header has been read, and the bytes left are enough for n elements of
// the smallest size. skip passes over one value with at most levels structs and containers in each other.
func SkipElements[T WireType](in *Input, elem T, n, levels int, skip func(in *Input, t T, levels int) *codec.Error) *codec.Error {
	if elem.Fixed() {
		in.Pos += n * elem.MinSize()
		return nil
	}
	for range n {
		if err := skip(in, elem, levels); err != nil {
			return err
		}
	}
	return nil
}

// SkipEntries passes over n entries of a map, as SkipElements does over elements.
func SkipEntries[T WireType](in *Input, key, elem T, n, levels int, skip func(in *Input, t T, levels int) *codec.Error) *codec.Error {
	if key.Fixed() && elem.Fixed() {
		in.Pos += n * (key.MinSize() + elem.MinSize())
		return nil
	}
	for range n {
		if err := skip(in, key, levels); err != nil {
			return err
		}
		if err := skip(in, elem, levels); err != nil {
			return err
		}
	}
	return nil
}
