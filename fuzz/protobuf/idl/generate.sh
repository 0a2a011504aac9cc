#!/bin/sh
# Makes the generated code again: the same bytes every time. Needs protoc 3.21.12 and, in PATH, protoc-gen-go v1.36.12,
# protoc-gen-gogofaster v1.3.2 and protoc-gen-go-vtproto v0.6.0.
set -eu
cd "$(dirname "$0")"
module=github.com/tagwire/tagwire/fuzz/protobuf
gogo=$(cd .. && go list -m -f '{{.Dir}}' github.com/gogo/protobuf)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/github.com/gogo/protobuf/gogoproto"
cp "$gogo/gogoproto/gogo.proto" "$work/github.com/gogo/protobuf/gogoproto/"

protoc -I . --go_out=.. --go_opt=module=$module kinds2.proto kinds3.proto vtkinds.proto
protoc -I . --go-vtproto_out=.. --go-vtproto_opt=module=$module,features=marshal+unmarshal+size vtkinds.proto
protoc -I . -I "$work" -I "$gogo/protobuf" --gogofaster_out="$work" gogo.proto gogo3.proto
mkdir -p ../gen/gogokinds
cp "$work/$module/gen/gogokinds/"*.pb.go ../gen/gogokinds/
