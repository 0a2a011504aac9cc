// Package reflectcodec is the plain codec: it walks a schema and reads and writes Go values through their
// addresses. It is the fallback where native code cannot run, and the oracle that native code is compared
// with, so it is kept simple.
//
// This package is the walk, and what values cost: presence, defaults, unions, limits, errors and their paths, memory. The
// bytes of each wire format are the business of a folder below, which implements [Format].
//
// Unsafe pointers here are of one kind: addresses of a field, an element or an entry of the value at hand. They are
// derived from the caller's pointer to the top struct, or from memory that has been stored into that value or stands
// in a typed, pooled pair, so what they point to is alive for as long as the call; and they are aligned, because the
// compiler laid out the types that offsets and sizes come from. What is not of this kind says so where it stands.
package reflectcodec
