#!/bin/sh
# Makes gen from store.thrift: the same bytes every time. Needs Debian's thrift-compiler 0.17.
set -eu
cd "$(dirname "$0")/.."
rm -rf gen
mkdir gen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/adapters/apachethrift/gen/ -out gen idl/store.thrift
rm -rf gen/store/*-remote
gofmt -w gen
