#!/bin/sh
# Makes protogen and gogogen from cases.proto and from Protobuf's descriptor.proto. Needs Debian's protobuf-compiler 3.21; the
# plugins have the versions that go.mod names.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go build -o "$scratch/" google.golang.org/protobuf/cmd/protoc-gen-go github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto \
	github.com/gogo/protobuf/protoc-gen-gogofast
gogo=$(go list -m -f '{{.Dir}}' github.com/gogo/protobuf)
rm -rf protogen gogogen

# prepare puts both files in a folder, for Go packages in the folder of bench that has that name. The descriptor.proto is the one
# that comes with gogo; its package has another name, as all files in a process must.
prepare() {
	mkdir -p "$scratch/$1/idl"
	sed "s|^package .*|&\noption go_package = \"github.com/tagwire/tagwire/bench/$1\";|" idl/cases.proto >"$scratch/$1/idl/cases.proto"
	sed -e 's/^package google.protobuf;/package tagwire.bench.descriptor;/' -e 's/\.google\.protobuf\./.tagwire.bench.descriptor./g' \
		-e "s|^option go_package.*|option go_package = \"github.com/tagwire/tagwire/bench/$1/descriptor\";|" \
		"$gogo/protobuf/google/protobuf/descriptor.proto" >"$scratch/$1/idl/descriptor.proto"
}

# The methods of vtprotobuf are those of protoc-gen-go's types.
prepare protogen
for file in cases descriptor; do
	protoc -I"$scratch/protogen" --plugin="$scratch/protoc-gen-go" --plugin="$scratch/protoc-gen-go-vtproto" \
		--go_out=. --go_opt=module=github.com/tagwire/tagwire/bench --go-vtproto_out=. \
		--go-vtproto_opt=features=marshal+size+unmarshal+unmarshal_unsafe,module=github.com/tagwire/tagwire/bench "idl/$file.proto"
done
prepare gogogen
for file in cases descriptor; do
	protoc -I"$scratch/gogogen" --plugin="$scratch/protoc-gen-gogofast" --gogofast_out="$scratch" "idl/$file.proto"
done
# Unlike protoc-gen-go, the plugins of vtprotobuf and gogo leave out the licence at the head of descriptor.proto.
for generated in protogen/descriptor/descriptor_vtproto.pb.go "$scratch/github.com/tagwire/tagwire/bench/gogogen/descriptor/descriptor.pb.go"; do
	sed '/^$/q' "$gogo/protobuf/google/protobuf/descriptor.proto" | cat - "$generated" >"$scratch/licensed"
	mv "$scratch/licensed" "$generated"
done
mv "$scratch/github.com/tagwire/tagwire/bench/gogogen" .
gofmt -w protogen gogogen
