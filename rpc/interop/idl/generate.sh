#!/bin/sh
# Makes gen from alltypes.thrift: the same bytes every time. Needs Debian's thrift-compiler 0.17.
set -eu
cd "$(dirname "$0")/.."
rm -rf gen
mkdir gen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/rpc/interop/gen/ -out gen idl/alltypes.thrift
rm -rf gen/alltypes/*-remote
gofmt -w gen
