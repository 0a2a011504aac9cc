// Package protobuf emits what native code knows of Protobuf: see build.Format.
package protobuf
