#!/bin/sh
# Makes kitexgen from echo.thrift, with the thriftgo that bench/go.mod names.
set -eu
cd "$(dirname "$0")/.."
rm -rf kitexgen
(cd ../../bench && go tool thriftgo -o ../adapters/kitex/kitexgen \
	-g fastgo:package_prefix=github.com/tagwire/tagwire/adapters/kitex/kitexgen,frugal_tag,no_default_serdes,no_processor \
	../adapters/kitex/idl/echo.thrift)
gofmt -w kitexgen
