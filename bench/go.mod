module github.com/tagwire/tagwire/bench

go 1.26

require (
	github.com/apache/thrift v0.25.0
	github.com/cloudwego/gopkg v0.1.4
	github.com/segmentio/encoding v0.5.4
)

require (
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	golang.org/x/sys v0.30.0 // indirect
)

require (
	github.com/bytedance/gopkg v0.1.1 // indirect
	github.com/tagwire/tagwire v0.0.0
)

replace github.com/tagwire/tagwire => ../
