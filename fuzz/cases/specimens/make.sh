#!/bin/sh
# Makes the specimens again: the same bytes every time. Needs Debian's thrift-compiler and python3-thrift,
# both 0.17.0, protobuf-compiler and python3-protobuf, both 3.21.12, and Go 1.26 or newer for the nested module fuzz/apache.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

thrift --gen py -out "$work" everything.thrift
PYTHONPATH="$work" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 python/make.py python

protoc --python_out="$work" protobuf.proto
PYTHONPATH="$work" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 python-protobuf/make.py python-protobuf

generated=../../apache/gen
rm -rf "$generated"
mkdir "$generated"
thrift --gen go:package_prefix=github.com/tagwire/tagwire/fuzz/apache/gen/,skip_remote -out "$generated" everything.thrift
gofmt -w "$generated"
(cd ../../apache && go run ./specimens)
