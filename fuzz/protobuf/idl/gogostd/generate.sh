#!/bin/sh
# Makes gen/gogostd/std.pb.go from std.proto: the same bytes every time. Needs Debian's protobuf-compiler 3.21.12, and Go.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd ../.. && go build -o "$work/protoc-gen-gogofast" github.com/gogo/protobuf/protoc-gen-gogofast)
gogo=$(cd ../.. && go list -m -f '{{.Dir}}' github.com/gogo/protobuf)
types=github.com/gogo/protobuf/types
PATH=$work:$PATH protoc -I . -I "$gogo" -I "$gogo/protobuf" --gogofast_out="$work" \
	--gogofast_opt="paths=source_relative,Mgoogle/protobuf/duration.proto=$types,Mgoogle/protobuf/timestamp.proto=$types,Mgoogle/protobuf/wrappers.proto=$types" \
	std.proto
gofmt "$work/std.pb.go" >../../gen/gogostd/std.pb.go
