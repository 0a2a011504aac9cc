module github.com/tagwire/tagwire/fuzz/apache

go 1.26

require (
	github.com/apache/thrift v0.25.0
	github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000
)

replace github.com/tagwire/tagwire => ../..
