#!/bin/sh
# Makes gen from the files here. Needs Debian's protobuf-compiler 3.21; protoc-gen-go has the version that go.mod names for Protobuf.
set -eu
cd "$(dirname "$0")/.."
rm -rf gen
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
go build -o "$plugins/" google.golang.org/protobuf/cmd/protoc-gen-go
GOBIN=$plugins go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1
protoc --plugin="$plugins/protoc-gen-go" --plugin="$plugins/protoc-gen-go-grpc" \
	--go_out=. --go_opt=module=github.com/tagwire/tagwire/adapters/grpc --go_opt=apilevelMidl/sealed.proto=API_OPAQUE \
	--go-grpc_out=. --go-grpc_opt=module=github.com/tagwire/tagwire/adapters/grpc \
	idl/shop.proto idl/sealed.proto idl/extended.proto
