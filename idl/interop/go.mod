module github.com/tagwire/tagwire/idl/interop

go 1.26

require (
	github.com/apache/thrift v0.25.0
	github.com/gogo/googleapis v1.4.1
	github.com/gogo/protobuf v1.3.2
	github.com/jaegertracing/jaeger-idl v0.14.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	github.com/tagwire/tagwire/idl v0.0.0-00010101000000-000000000000
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/bufbuild/protocompile v0.14.1 // indirect
	golang.org/x/sync v0.8.0 // indirect
)

replace (
	github.com/tagwire/tagwire => ../..
	github.com/tagwire/tagwire/idl => ../
)
