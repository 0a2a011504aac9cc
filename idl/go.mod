module github.com/tagwire/tagwire/idl

go 1.24.0

require (
	github.com/bufbuild/protocompile v0.14.1
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	google.golang.org/protobuf v1.36.12
)

require golang.org/x/sync v0.8.0 // indirect

replace github.com/tagwire/tagwire => ../
