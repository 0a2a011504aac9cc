// Package build makes IR of types: for each struct a function that sizes, encodes or decodes its values in a wire format,
// and descriptions of what the exits of these functions ask Go for. It knows nothing of instruction sets, nor of how exits
// are served.
package build
