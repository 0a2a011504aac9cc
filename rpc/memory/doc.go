// Package memory manages the memory of arguments and results: structs that are used again, and arenas for what they refer to.
package memory
