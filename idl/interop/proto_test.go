package interop

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// TestStandardProtobufFiles parses the files that come with protoc.
func TestStandardProtobufFiles(t *testing.T) {
	const folder = "/usr/include"
	_, missing := os.Stat(folder + "/google/protobuf")
	if !present(t, "Protobuf's library for C++", "libprotobuf-dev", missing) {
		return
	}
	var names []string
	for _, name := range filesBelow(t, folder+"/google/protobuf", ".proto") {
		names = append(names, "google/protobuf/"+name)
	}
	compareProtobuf(t, []string{folder}, names)
}

// TestJaegerProtobufFiles parses the files of a real system that import nothing that is not in a Go module.
func TestJaegerProtobufFiles(t *testing.T) {
	jaeger := moduleFolder(t, "github.com/jaegertracing/jaeger-idl")
	folders := []string{
		filepath.Join(jaeger, "proto", "api_v2"), filepath.Join(jaeger, "proto"), moduleFolder(t, "github.com/gogo/protobuf"), moduleFolder(t, "github.com/gogo/googleapis"),
	}
	compareProtobuf(t, folders, []string{
		"model.proto", "query.proto", "collector.proto", "sampling.proto", "zipkin.proto", "storage/v2/dependency_storage.proto", "gogoproto/gogo.proto",
	})
}

// notParsed are files of google-proto-files that need what is not there, or that protobuf-go cannot be the judge of.
var notParsed = []string{
	"google/protobuf/util/json_format_proto3.proto",           // imports unittest.proto, which is not there
	"google/protobuf/compiler/ruby/ruby_generated_code.proto", // imports a file by another path
	"google/protobuf/compiler/ruby/ruby_generated_code_proto2.proto",
	"google/protobuf/compiler/ruby/ruby_generated_pkg_explicit.proto", // declares what another file does
	"google/protobuf/bridge/message_set.proto",                        // a message set
}

// TestGoogleProtobufFiles parses the definitions of Google's APIs. The short form takes some of them.
func TestGoogleProtobufFiles(t *testing.T) {
	folder := filepath.Join("node", "node_modules", "google-proto-files")
	_, missing := os.Stat(folder)
	if !present(t, "the package google-proto-files", "npm ci in idl/interop/node", missing) {
		return
	}
	var names []string
	for _, name := range filesBelow(t, folder, ".proto") {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		edition := strings.Contains(string(text), "\nedition = ") || strings.HasPrefix(string(text), "edition")
		short := strings.HasPrefix(name, "google/pubsub/") || strings.HasPrefix(name, "google/spanner/") || strings.HasPrefix(name, "google/api/") ||
			strings.HasPrefix(name, "google/type/") || strings.HasPrefix(name, "google/rpc/") || strings.HasPrefix(name, "google/firestore/")
		if (short || *long) && !edition && !slices.Contains(notParsed, name) {
			names = append(names, name)
		}
	}
	compareProtobuf(t, []string{folder}, names)
}

// compareProtobuf parses files and compares them, and what they import, with what protoc says.
func compareProtobuf(t *testing.T, folders, names []string) {
	t.Helper()
	definitions, err := protofile.Parse(source.Folders(folders...), names...)
	if err != nil {
		t.Fatal(err)
	}
	if _, missing := exec.LookPath("protoc"); !present(t, "protoc", "protobuf-compiler", missing) {
		return
	}
	set := path.Join(t.TempDir(), "set")
	arguments := []string{"--include_imports", "--include_source_info", "--descriptor_set_out=" + set}
	for _, folder := range folders {
		arguments = append(arguments, "-I"+folder)
	}
	if output, err := exec.Command("protoc", append(arguments, names...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.2000s", err, output)
	}
	data, err := os.ReadFile(set)
	if err != nil {
		t.Fatal(err)
	}
	var judge descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &judge); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(&judge)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			file, err := files.FindFileByPath(name)
			if err != nil {
				t.Fatal(err)
			}
			compareLines(t, parsed{definitions, definitions.File(name)}.protoLines(), judgeLines(file))
		})
	}
}
