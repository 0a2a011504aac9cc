//go:build !amd64 && !arm64

package main

import "google.golang.org/protobuf/reflect/protoreflect"

// hyperpbEngine stands for a library that is not made for this processor.
func hyperpbEngine(protoreflect.MessageDescriptor, []byte) engine {
	return engine{name: peerHyperpb, absent: "it runs on amd64 and arm64 only"}
}
