package main

// ownEngines are ours, best tier first.
func ownEngines[T any](value *T, message []byte, reuse bool) []engine { return nil }

// The names of our engines, best tier first.
const (
	ownNative  = "tagwire"
	ownReflect = "tagwire-reflect"
)

var ownNames = []string{ownNative, ownReflect}
