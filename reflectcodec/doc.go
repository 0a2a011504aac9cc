// Package reflectcodec is the plain codec: it walks a schema and reads and writes Go values through their
// addresses. It is the fallback where native code cannot run, and the oracle that native code is compared
// with, so it is written to be read.
package reflectcodec
