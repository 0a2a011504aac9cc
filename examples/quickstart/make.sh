#!/bin/sh
# Makes order.bin again: the same bytes every time. Needs Debian's thrift-compiler and python3-thrift, 0.17.0.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
thrift --gen py -out "$work" order.thrift
PYTHONPATH="$work" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 make_order.py order.bin
