#!/bin/sh
# Makes echogen from echo.thrift. Needs Debian's thrift-compiler 0.17.
set -eu
cd "$(dirname "$0")/.."
rm -rf echogen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/bench/rpc/ -out . idl/echo.thrift
rm -rf echogen/*-remote
gofmt -w echogen
