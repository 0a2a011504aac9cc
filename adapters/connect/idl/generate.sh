#!/bin/sh
# Makes gen from the files here. Needs Debian's protobuf-compiler 3.21; protoc-gen-go and protoc-gen-connect-go have the versions that
# go.mod names for Protobuf and for version 1 of connect-go.
set -eu
cd "$(dirname "$0")/.."
rm -rf gen
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
go build -o "$plugins/" google.golang.org/protobuf/cmd/protoc-gen-go connectrpc.com/connect/cmd/protoc-gen-connect-go
protoc --plugin="$plugins/protoc-gen-go" --plugin="$plugins/protoc-gen-connect-go" \
	--go_out=. --go_opt=module=github.com/tagwire/tagwire/adapters/connect --go_opt=apilevelMidl/locked.proto=API_OPAQUE \
	--connect-go_out=. --connect-go_opt=module=github.com/tagwire/tagwire/adapters/connect \
	idl/depot.proto idl/locked.proto idl/addition.proto
