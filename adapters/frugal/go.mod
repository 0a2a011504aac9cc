module github.com/cloudwego/frugal

go 1.24.0

require (
	github.com/cloudwego/gopkg v0.1.4
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
)

require (
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
)

replace github.com/tagwire/tagwire => ../..
