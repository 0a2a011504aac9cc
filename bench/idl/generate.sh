#!/bin/sh
# Makes apachegen from cases.thrift. Needs Debian's thrift-compiler 0.17.
set -eu
cd "$(dirname "$0")/.."
rm -rf apachegen
thrift --gen go:package_prefix=github.com/tagwire/tagwire/bench/ -out . idl/cases.thrift
rm -rf apachegen/*-remote
gofmt -w apachegen
