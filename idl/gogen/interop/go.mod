module github.com/tagwire/tagwire/idl/gogen/interop

go 1.26

require (
	github.com/apache/thrift v0.25.0
	github.com/bufbuild/protocompile v0.14.1
	github.com/jaegertracing/jaeger-idl v0.14.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	github.com/tagwire/tagwire/idl v0.0.0-00010101000000-000000000000
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/cloudwego/gopkg v0.1.4 // indirect
	github.com/cloudwego/thriftgo v0.4.3 // indirect
	github.com/dlclark/regexp2 v1.11.0 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/net v0.58.0 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	golang.org/x/time v0.12.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

tool (
	github.com/cloudwego/thriftgo
	google.golang.org/protobuf/cmd/protoc-gen-go
)

replace (
	github.com/tagwire/tagwire => ../../..
	github.com/tagwire/tagwire/idl => ../..
)
