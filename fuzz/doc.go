// Package fuzz holds the tests that check every engine with hostile and with random input: the numbered cases
// of the format's rules, and the Go fuzz targets. What they share is in the folders below.
//
//	cases     the struct types, sample values, specimens of other libraries: one corpus for all tests
//	guard     memory next to inaccessible pages
//	harness   runs one input through every engine, mode and placement in memory
//	regress   one text file per defect, and the test that reads them all
//	apache    nested module: the same values under Apache Thrift
//	protobuf  nested module: messages of Protobuf under the official library, gogo/protobuf and vtprotobuf
package fuzz
