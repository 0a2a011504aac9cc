// Package rpc is the RPC runtime: contracts by reflection over plain Go functions and structs, wire
// compatible with Apache Thrift and Kitex.
//
// Nothing is here yet: it comes after the native engine.
package rpc
