module github.com/tagwire/tagwire/rpc/interop/h2spec

go 1.25.0

require (
	github.com/summerwind/h2spec v2.2.1+incompatible
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
)

require (
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/fatih/color v1.19.0 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/net v0.50.0 // indirect
	golang.org/x/sys v0.42.0 // indirect
	golang.org/x/text v0.34.0 // indirect
	golang.org/x/time v0.12.0 // indirect
)

replace github.com/tagwire/tagwire => ../../..
