#!/bin/sh
# Makes echogen from echo.thrift, and protogen from complex.proto. Needs Debian's thrift-compiler 0.17 and protobuf-compiler 3.21;
# protoc-gen-go has the version that go.mod names for Protobuf.
set -eu
cd "$(dirname "$0")/.."
rm -rf echogen protogen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/bench/apachegen/ -out . idl/echo.thrift
rm -rf echogen/*-remote
gofmt -w echogen
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
go build -o "$plugins/" google.golang.org/protobuf/cmd/protoc-gen-go
protoc --plugin="$plugins/protoc-gen-go" --go_out=. --go_opt=module=github.com/tagwire/tagwire/bench/rpc idl/complex.proto
