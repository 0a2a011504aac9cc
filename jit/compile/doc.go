// Package compile turns a struct type into sealed machine code, and knows neither how that is entered nor how its exits are
// served.
//
// A [Pipeline] has package build make a module of the type, IR functions with the tables of their exits, and runs the passes
// of passes.go on them. A [Compilation] compiles the functions of some modules with the backend of this processor and seals
// their code in one segment, a [Unit]. Backends implement one small interface in assemble.go: a file backend_ARCHITECTURE.go, and
// nothing else here, knows an instruction set.
package compile
