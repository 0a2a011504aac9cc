package descriptor

import "github.com/tagwire/tagwire/schema"

// Files of Protobuf's own, for fields that hold a time, a duration or a value in place of the message of that.
const (
	timestampFile = "google/protobuf/timestamp.proto"
	durationFile  = "google/protobuf/duration.proto"
	wrappersFile  = "google/protobuf/wrappers.proto"
)

const wellKnownPackage = "google.protobuf"

// wellKnownFiles make the files.
var wellKnownFiles = map[string]func() *FileDescriptorProto{
	timestampFile: func() *FileDescriptorProto { return wellKnownFile(timestampFile, secondsAndNanos("Timestamp")) },
	durationFile:  func() *FileDescriptorProto { return wellKnownFile(durationFile, secondsAndNanos("Duration")) },
	wrappersFile: func() *FileDescriptorProto {
		var messages []*DescriptorProto
		for _, w := range []struct {
			name string
			of   fieldType
		}{
			{"DoubleValue", typeDouble}, {"FloatValue", typeFloat}, {"Int64Value", typeInt64}, {"UInt64Value", typeUint64},
			{"Int32Value", typeInt32}, {"UInt32Value", typeUint32}, {"BoolValue", typeBool}, {"StringValue", typeString},
			{"BytesValue", typeBytes},
		} {
			messages = append(messages, &DescriptorProto{Name: w.name, Field: []*FieldDescriptorProto{plainField("value", 1, w.of)}})
		}
		return wellKnownFile(wrappersFile, messages...)
	},
}

// fileOf returns the path of the file of the message in place of which memory holds something else.
func fileOf(held schema.Held) string {
	switch held {
	case schema.HeldTime:
		return timestampFile
	case schema.HeldDuration:
		return durationFile
	}
	return wrappersFile
}

func wellKnownFile(path string, messages ...*DescriptorProto) *FileDescriptorProto {
	return &FileDescriptorProto{Name: path, Package: wellKnownPackage, MessageType: messages, Syntax: proto3}
}

func secondsAndNanos(name string) *DescriptorProto {
	return &DescriptorProto{Name: name, Field: []*FieldDescriptorProto{
		plainField("seconds", 1, typeInt64), plainField("nanos", 2, typeInt32)}}
}

func plainField(name string, number int32, of fieldType) *FieldDescriptorProto {
	return &FieldDescriptorProto{Name: name, Number: number, Label: labelOptional, Type: of, JSONName: jsonName(name)}
}
