// Package reflection is the service by which tools such as grpcurl find out what a server serves: grpc.reflection.v1.ServerReflection, and
// its older form v1alpha, whose messages are the same. What services look like comes from package descriptor.
package reflection

// ServerReflectionRequest asks one thing: one of its pointers is set.
type ServerReflectionRequest struct {
	Host                      string            `protobuf:"1"`
	FileByFilename            *string           `protobuf:"3,oneof=message_request"`
	FileContainingSymbol      *string           `protobuf:"4,oneof=message_request"` // a full name, as of a service
	FileContainingExtension   *ExtensionRequest `protobuf:"5,oneof=message_request"`
	AllExtensionNumbersOfType *string           `protobuf:"6,oneof=message_request"` // the full name of a message
	ListServices              *string           `protobuf:"7,oneof=message_request"` // what it says does not matter
}

// ExtensionRequest names an extension.
type ExtensionRequest struct {
	ContainingType  string `protobuf:"1"` // the full name of a message
	ExtensionNumber int32  `protobuf:"2"`
}

// ServerReflectionResponse answers a request: one of its last four pointers is set.
type ServerReflectionResponse struct {
	ValidHost                   string                   `protobuf:"1"`
	OriginalRequest             *ServerReflectionRequest `protobuf:"2"`
	FileDescriptorResponse      *FileDescriptorResponse  `protobuf:"4,oneof=message_response"`
	AllExtensionNumbersResponse *ExtensionNumberResponse `protobuf:"5,oneof=message_response"`
	ListServicesResponse        *ListServiceResponse     `protobuf:"6,oneof=message_response"`
	ErrorResponse               *ErrorResponse           `protobuf:"7,oneof=message_response"`
}

// FileDescriptorResponse has the file that was asked for, then all that it imports, each as an encoded FileDescriptorProto.
type FileDescriptorResponse struct {
	FileDescriptorProto [][]byte `protobuf:"1"`
}

// ExtensionNumberResponse has the numbers of the extensions of a message, in ascending order.
type ExtensionNumberResponse struct {
	BaseTypeName    string  `protobuf:"1"`
	ExtensionNumber []int32 `protobuf:"2"`
}

// ListServiceResponse has the services of the server, in the order of their names.
type ListServiceResponse struct {
	Service []*ServiceResponse `protobuf:"1"`
}

// ServiceResponse is a service.
type ServiceResponse struct {
	Name string `protobuf:"1"`
}

// ErrorResponse says why there is no answer.
type ErrorResponse struct {
	ErrorCode    int32  `protobuf:"1"` // a code of gRPC
	ErrorMessage string `protobuf:"2"`
}
