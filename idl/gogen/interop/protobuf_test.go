package interop

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// kinds are definitions with all that fields can be, one for each language.
var kinds = []string{"library.proto", "old.proto", "edition.proto"}

// wellKnown are the files that come with protoc. Those of the packages there are in Go's own library.
var wellKnown = map[string]string{
	"any": "known/anypb", "api": "known/apipb", "descriptor": "descriptorpb", "duration": "known/durationpb", "empty": "known/emptypb",
	"field_mask": "known/fieldmaskpb", "source_context": "known/sourcecontextpb", "struct": "known/structpb",
	"timestamp": "known/timestamppb", "type": "known/typepb", "wrappers": "known/wrapperspb",
}

const protobufLibrary = "google.golang.org/protobuf"

// generateProtobuf writes the Go code of .proto files in a folder. Their packages are by packageOf.
func generateProtobuf(t *testing.T, module, below, folder string, options gogen.Options, files ...string) {
	t.Helper()
	read := source.Folders(folder)
	// Files that are built into the parser are not in the folder. They are found as imports.
	all := "edition = \"2023\";\n"
	for _, file := range files {
		all += "import \"" + file + "\";\n"
	}
	definitions, err := protofile.Parse(func(name string) ([]byte, error) {
		if name == "all.proto" {
			return []byte(all), nil
		}
		return read(name)
	}, "all.proto")
	if err != nil {
		t.Fatal(err)
	}
	options.Read, options.ModulePath, options.Packages = read, modulePath, map[string]string{}
	for _, file := range files {
		options.Packages[file] = packageOf(below, file) + ";" + nameOf(file)
	}
	made, err := gogen.Generate(definitions, options, files...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		write(t, filepath.Join(module, filepath.FromSlash(f.Path)), string(f.Text))
	}
}

// packageOf returns the package of a file. Files of Google's services have one for each folder.
func packageOf(below, file string) string {
	if strings.HasPrefix(file, "google/") && path.Dir(file) != "google/protobuf" {
		return path.Join(modulePath, below, path.Dir(file))
	}
	return path.Join(modulePath, below, strings.TrimSuffix(path.Base(file), ".proto"))
}

// nameOf returns the name of that package.
func nameOf(file string) string { return "made_" + path.Base(packageOf("", file)) }

// generateTheirs writes the code that protoc-gen-go makes of the files.
func generateTheirs(t *testing.T, module, folder string, files ...string) {
	t.Helper()
	plugin := filepath.Join(t.TempDir(), "protoc-gen-go")
	mustRun(t, ".", "go", "build", "-o", plugin, protobufLibrary+"/cmd/protoc-gen-go")
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{folder}})}
	compiled, err := compiler.Compile(context.Background(), files...)
	if err != nil {
		t.Fatal(err)
	}
	parameters := "module=" + modulePath
	for _, file := range files {
		parameters += ",M" + file + "=" + packageOf("theirs", file) + ";" + nameOf(file)
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: files, Parameter: proto.String(parameters)}
	seen := map[string]bool{}
	for _, file := range compiled {
		request.ProtoFile = append(request.ProtoFile, withImports(file, seen)...)
	}
	input, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(plugin)
	command.Stdin = bytes.NewReader(input)
	var failed bytes.Buffer
	command.Stderr = &failed
	output, err := command.Output()
	if err != nil {
		t.Fatal(err, failed.String())
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(output, &response); err != nil || response.GetError() != "" {
		t.Fatal(err, response.GetError())
	}
	for _, f := range response.File {
		write(t, filepath.Join(module, filepath.FromSlash(f.GetName())), f.GetContent())
	}
}

// withImports returns the descriptor of a file, behind those of the files that it imports.
func withImports(file linker.File, seen map[string]bool) []*descriptorpb.FileDescriptorProto {
	if seen[file.Path()] {
		return nil
	}
	seen[file.Path()] = true
	var all []*descriptorpb.FileDescriptorProto
	for i := range file.Imports().Len() {
		all = append(all, withImports(file.FindImportByPath(file.Imports().Get(i).Path()), seen)...)
	}
	return append(all, protoutil.ProtoFromFileDescriptor(file))
}

// writeAgree writes the program that compares types.
func writeAgree(t *testing.T, module string, made *program) {
	t.Helper()
	text := made.text(`"google.golang.org/protobuf/proto"`, "proto.Message")
	write(t, filepath.Join(module, "agree", "pairs.go"), text)
	for _, file := range []string{"proto", "contracts"} {
		driver, err := os.ReadFile("testdata/driver/" + file + ".go.txt")
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(module, "agree", file+".go"), string(driver))
	}
}

// TestProtobufAgrees: random values of messages pass between our code and that of protoc-gen-go, both ways, with the same bytes.
func TestProtobufAgrees(t *testing.T) {
	folder, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	for name, options := range map[string]gogen.Options{
		"plain": {}, "values": {Values: true, JSON: true}, "messages": {WellKnownMessages: true, KeepUnknown: true},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "plain" && !*long {
				return // the golden files show how they differ
			}
			module := newModule(t)
			generateProtobuf(t, module, "ours", folder, options, kinds...)
			generateTheirs(t, module, folder, kinds...)
			made := program{imports: map[string]string{}, create: "func() proto.Message { return new(%s.%s) }", option: "rpc.Protobuf()"}
			made.add(typesIn(t, filepath.Join(module, "ours"), modulePath+"/ours"), typesIn(t, filepath.Join(module, "theirs"), modulePath+"/theirs"))
			if len(made.pairs) != 7 || len(made.contracts) != 1 {
				t.Errorf("there are %d messages and %d contracts", len(made.pairs), len(made.contracts))
			}
			writeAgree(t, module, &made)
			mustRun(t, module, "go", "vet", "./ours/...")
			t.Log(mustRun(t, module, "go", "run", "./agree"))
		})
	}
}

// TestWellKnownAgree: so do those of the files that come with protoc, whose messages Go's own library has: of the files that the parser
// has built in, and of those of Debian, which are older.
func TestWellKnownAgree(t *testing.T) {
	t.Run("built in", func(t *testing.T) { checkWellKnown(t, t.TempDir(), gogen.Options{}) })
	t.Run("debian", func(t *testing.T) {
		requireFile(t, "/usr/include/google/protobuf/any.proto", "libprotobuf-dev")
		checkWellKnown(t, "/usr/include", gogen.Options{KeepUnknown: true})
	})
}

func checkWellKnown(t *testing.T, folder string, options gogen.Options) {
	t.Helper()
	var files []string
	library := moduleFolder(t, protobufLibrary)
	module := newModule(t)
	made := program{imports: map[string]string{}, create: "func() proto.Message { return new(%s.%s) }", option: "rpc.Protobuf()"}
	for name := range wellKnown {
		files = append(files, "google/protobuf/"+name+".proto")
	}
	generateProtobuf(t, module, "ours", folder, options, files...)
	for name, pkg := range wellKnown {
		theirs := protobufLibrary + "/types/" + pkg
		for _, g := range typesIn(t, filepath.Join(library, "types", filepath.FromSlash(pkg)), theirs) {
			for _, o := range typesIn(t, filepath.Join(module, "ours", name), packageOf("ours", name)) {
				if o.name == g.name {
					made.pair(o, g)
				}
			}
		}
	}
	if len(made.pairs) < 50 {
		t.Errorf("there are only %d messages", len(made.pairs))
	}
	writeAgree(t, module, &made)
	mustRun(t, module, "go", "vet", "./ours/...")
	t.Log(mustRun(t, module, "go", "run", "./agree"))
}

// googleFolders are those of google-proto-files whose code is compared: what all services use, and some services.
var googleFolders = []string{"google/api", "google/type", "google/rpc", "google/longrunning", "google/iam/v1", "google/logging", "google/pubsub/v1"}

// moreGoogleFolders are for the long form.
var moreGoogleFolders = []string{"google/spanner/v1", "google/firestore/v1", "google/bigtable/v2", "google/monitoring/v3"}

// TestGoogleAgrees: so do those of services of Google.
func TestGoogleAgrees(t *testing.T) {
	folder, err := filepath.Abs("../../interop/node/node_modules/google-proto-files")
	if err != nil {
		t.Fatal(err)
	}
	requireFile(t, folder, "npm, and npm ci in idl/interop/node")
	var files []string
	folders := googleFolders
	if *long {
		folders = append(folders, moreGoogleFolders...)
	}
	for _, below := range folders {
		err := filepath.WalkDir(filepath.Join(folder, below), func(name string, entry fs.DirEntry, err error) error {
			if err == nil && filepath.Ext(name) == ".proto" {
				name, err = filepath.Rel(folder, name)
				files = append(files, filepath.ToSlash(name))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	module := newModule(t)
	generateProtobuf(t, module, "ours", folder, gogen.Options{}, files...)
	generateTheirs(t, module, folder, files...)
	made := program{imports: map[string]string{}, create: "func() proto.Message { return new(%s.%s) }", option: "rpc.Protobuf()"}
	made.add(typesIn(t, filepath.Join(module, "ours"), modulePath+"/ours"), typesIn(t, filepath.Join(module, "theirs"), modulePath+"/theirs"))
	if len(files) < 50 || len(made.pairs) < 300 || len(made.contracts) < 10 {
		t.Errorf("there are %d files, %d messages and %d contracts", len(files), len(made.pairs), len(made.contracts))
	}
	writeAgree(t, module, &made)
	mustRun(t, module, "go", "vet", "./ours/...")
	t.Log(mustRun(t, module, "go", "run", "./agree"))
}
