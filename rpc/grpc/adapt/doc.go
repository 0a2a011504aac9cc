// Package adapt makes the streams of contracts from those of another framework, as adapters/grpc and adapters/connect do: the functions
// that callers have, and what calls a handler. The framework knows messages, which are pointers to structs, and errors with codes of gRPC;
// this package knows iterators, and the code of users that runs in them.
package adapt
