// Package rpc is the RPC runtime: contracts by reflection over plain Go functions and structs, wire
// compatible with Apache Thrift and Kitex.
//
// It is empty for now; it arrives after the native engine.
package rpc
