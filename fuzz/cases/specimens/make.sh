#!/bin/sh
# Makes the specimens again: the same bytes every time. Needs Debian's thrift-compiler and python3-thrift,
# both 0.17.0, and Go 1.26 or newer for the nested module fuzz/apache.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

thrift --gen py -out "$work" everything.thrift
PYTHONPATH="$work" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 python/make.py python

generated=../../apache/gen
rm -rf "$generated"
mkdir "$generated"
thrift --gen go:package_prefix=github.com/tagwire/tagwire/fuzz/apache/gen/,skip_remote -out "$generated" everything.thrift
gofmt -w "$generated"
(cd ../../apache && go run ./specimens)
