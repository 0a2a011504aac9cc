// Package apache compares the codec with Apache Thrift's Go library, which shares no code with it: each reads
// what the other wrote. It is a module of its own, so that users of Tagwire do not inherit Apache's.
package apache
