module github.com/tagwire/tagwire/adapters/frugal/compare

go 1.26

require (
	github.com/cloudwego/frugal v0.3.1
	github.com/cloudwego/gopkg v0.2.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
	github.com/tagwire/tagwire/adapters/fastcodec v0.0.0-00010101000000-000000000000
	github.com/tagwire/tagwire/adapters/frugal v0.0.0-00010101000000-000000000000
)

require (
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
)

// The drop-in under another path than its own, so that it and Frugal fit into one program.
replace github.com/tagwire/tagwire/adapters/frugal => ../

replace (
	github.com/tagwire/tagwire => ../../..
	github.com/tagwire/tagwire/adapters/fastcodec => ../../fastcodec
)
