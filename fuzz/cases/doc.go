// Package cases is the corpus: struct types that use every rule of the tag language, sample values of each,
// and messages made by other Thrift libraries. Tests, fuzz targets and benchmarks all draw from it.
//
// It imports nothing of this module, so that any test may import it. Text and Equal compare values by what
// they hold; Fill makes a value of any type from a string of bytes.
package cases
