// Command conformance is what Protobuf's conformance test runner tests: it reads and writes the messages of the generated packages beside
// it by this project's codec alone.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/conformancepb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/edition2023pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/editions2pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/editions3pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/proto2pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/proto3pb"
)

// messages are the types that the runner names.
var messages = map[string]func() any{
	"protobuf_test_messages.proto2.TestAllTypesProto2":          func() any { return new(proto2pb.TestAllTypesProto2) },
	"protobuf_test_messages.proto3.TestAllTypesProto3":          func() any { return new(proto3pb.TestAllTypesProto3) },
	"protobuf_test_messages.editions.proto2.TestAllTypesProto2": func() any { return new(editions2pb.TestAllTypesProto2) },
	"protobuf_test_messages.editions.proto3.TestAllTypesProto3": func() any { return new(editions3pb.TestAllTypesProto3) },
	"protobuf_test_messages.editions.TestAllTypesEdition2023":   func() any { return new(edition2023pb.TestAllTypesEdition2023) },
}

var format = tagwire.WithFormat(tagwire.Protobuf)

func main() {
	if err := checkEngine(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := serve(bufio.NewReader(os.Stdin), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// checkEngine returns an error if native code is asked for and does not serve a message.
func checkEngine() error {
	if os.Getenv("TAGWIRE_ENGINE") != "native" {
		return nil
	}
	for name, newMessage := range messages {
		if info := tagwire.EngineOf(reflect.TypeOf(newMessage()), format); info.Engine != tagwire.Native {
			return fmt.Errorf("%s: %s", name, info.Reason)
		}
	}
	return nil
}

// serve answers requests until there are no more.
func serve(in io.Reader, out io.Writer) error {
	for {
		var length uint32
		if err := binary.Read(in, binary.LittleEndian, &length); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(in, data); err != nil {
			return err
		}
		request := new(conformancepb.ConformanceRequest)
		if err := tagwire.Unmarshal(data, request, format); err != nil {
			return err
		}
		reply, err := tagwire.Marshal(answer(request), format)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(reply))), reply...)); err != nil {
			return err
		}
	}
}

func answer(request *conformancepb.ConformanceRequest) *conformancepb.ConformanceResponse {
	payload, isProtobuf := request.Payload.(*conformancepb.ConformanceRequest_ProtobufPayload)
	if !isProtobuf || request.RequestedOutputFormat != conformancepb.WireFormat_PROTOBUF {
		return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_Skipped{Skipped: "neither JSON nor text"}}
	}
	if request.MessageType == "conformance.FailureSet" {
		return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_ProtobufPayload{}}
	}
	newMessage := messages[request.MessageType]
	if newMessage == nil {
		return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_RuntimeError{RuntimeError: "no type " + request.MessageType}}
	}
	message := newMessage()
	if err := tagwire.Unmarshal(payload.ProtobufPayload, message, format); err != nil {
		return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_ParseError{ParseError: err.Error()}}
	}
	data, err := tagwire.Marshal(message, format)
	if err != nil {
		return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_SerializeError{SerializeError: err.Error()}}
	}
	return &conformancepb.ConformanceResponse{Result: &conformancepb.ConformanceResponse_ProtobufPayload{ProtobufPayload: data}}
}
