module github.com/tagwire/tagwire/cmd/tagwire

go 1.24.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	github.com/tagwire/tagwire/idl v0.0.0-00010101000000-000000000000
)

require (
	github.com/bufbuild/protocompile v0.14.1 // indirect
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/net v0.50.0 // indirect
	golang.org/x/sync v0.19.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
	golang.org/x/text v0.34.0 // indirect
	golang.org/x/time v0.12.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace (
	github.com/tagwire/tagwire => ../..
	github.com/tagwire/tagwire/idl => ../../idl
)
