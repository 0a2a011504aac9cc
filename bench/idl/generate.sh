#!/bin/sh
# Makes apachegen from cases.thrift and shapes.thrift, and kitexgen from shapes.thrift. Needs Debian's thrift-compiler 0.17; thriftgo
# has the version that go.mod names.
set -eu
cd "$(dirname "$0")/.."
rm -rf apachegen kitexgen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/bench/ -out . idl/cases.thrift
mkdir -p apachegen kitexgen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/bench/apachegen/ -out apachegen idl/shapes.thrift
go tool thriftgo -o kitexgen \
	-g fastgo:package_prefix=github.com/tagwire/tagwire/bench/kitexgen,frugal_tag,no_default_serdes,no_processor idl/shapes.thrift
rm -rf apachegen/*-remote
gofmt -w apachegen kitexgen
