module github.com/tagwire/tagwire/fuzz/protobuf

go 1.24.0

require (
	github.com/gogo/protobuf v1.3.2
	github.com/planetscale/vtprotobuf v0.6.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
)

replace github.com/tagwire/tagwire => ../..
