// Package invoke calls the functions and methods that implement a contract, with arguments and results in structs: package rpc
// describes them, and a codec reads and writes them.
package invoke
