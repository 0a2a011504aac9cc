#!/bin/sh
# Makes kitexgen: from echo.thrift with the thriftgo that bench/go.mod names, and from library.proto with Kitex's tool.
set -eu
cd "$(dirname "$0")/.."
rm -rf kitexgen
(cd ../../bench && go tool thriftgo -o ../adapters/kitex/kitexgen \
	-g fastgo:package_prefix=github.com/tagwire/tagwire/adapters/kitex/kitexgen,frugal_tag,no_default_serdes,no_processor \
	../adapters/kitex/idl/echo.thrift)
go tool kitex -module github.com/tagwire/tagwire/adapters/kitex -gen-path kitexgen -type protobuf -no-dependency-check idl/library.proto
gofmt -w kitexgen
