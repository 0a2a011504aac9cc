module github.com/tagwire/tagwire/rpc/interop

go 1.26

require github.com/apache/thrift v0.25.0

replace github.com/tagwire/tagwire => ../..
