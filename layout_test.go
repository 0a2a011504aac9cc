package tagwire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tagwire/tagwire"

// Modules that more than one package may import.
const (
	bytedanceLib = "github.com/bytedance/gopkg"
	cpuid        = "github.com/klauspost/cpuid/v2"
	xnet         = "golang.org/x/net"
	testify      = "github.com/stretchr/testify"
	timeLib      = "golang.org/x/time"
	golangAsm    = "github.com/twitchyliquid64/golang-asm"
)

// allowedImports is the import graph of the root module: for each package, what it may import besides the
// standard library. Names of our own packages are relative to the module; "." is the root package. A name with
// "/..." behind it stands for the packages below it, and not for itself. Test files may import more.
var allowedImports = map[string][]string{
	"codec":    {},
	"schema":   {"codec"},
	"validate": {"codec", "schema"},

	"wire/thriftbinary":  {"schema"},
	"wire/thriftcompact": {"schema", "wire/varint"},
	"wire/protobuf":      {"schema", "wire/varint"},
	"wire/varint":        {},

	"ir":                       {},
	"ir/interp":                {"ir", "jit/abi"},
	"ir/pass":                  {"ir"},
	"ir/irtest":                {"ir", "ir/interp"}, // for tests
	"ir/regalloc":              {"ir"},
	"ir/lower":                 {"ir", "ir/regalloc", "jit/abi"},
	"ir/lower/lowertest":       {"ir", "ir/interp", "ir/lower", "ir/pass", "fuzz/effort"}, // for tests
	"jit/abi":                  {},
	"backend_amd64":            {"ir", "ir/lower", "ir/regalloc", "jit/abi", "backend_amd64/asm"},
	"backend_amd64/asm":        {"ir", "ir/lower", "ir/regalloc", cpuid},
	"backend_amd64/simulator":  {"ir/lower", "ir/lower/lowertest", "backend_amd64/asm"}, // for tests
	"backend_amd64/nativetest": {},                                                      // for tests
	"backend_arm64":            {"ir", "ir/lower", "ir/regalloc", "jit/abi", "backend_arm64/asm"},
	"backend_arm64/asm":        {"ir", "ir/lower", "ir/regalloc"},
	"backend_arm64/simulator":  {"ir/lower/lowertest", "backend_arm64/asm"}, // for tests
	"backend_arm64/nativetest": {},                                          // for tests
	"loader":                   {},
	"jit/build":                {"codec", "schema", "ir", "jit/abi"},
	"jit/build/thriftbinary":   {"codec", "schema", "wire/thriftbinary", "ir", "jit/abi", "jit/build"},
	"jit/build/thriftcompact":  {"codec", "schema", "wire/thriftcompact", "wire/varint", "ir", "jit/abi", "jit/build", "jit/build/varint"},
	"jit/build/protobuf":       {"codec", "schema", "wire/protobuf", "wire/varint", "ir", "jit/abi", "jit/build", "jit/build/varint"},
	"jit/build/varint":         {"ir", "jit/build"},
	"jit/compile": {"codec", "schema", "ir", "ir/lower", "ir/pass", "jit/abi", "jit/build", "loader",
		"backend_amd64", "backend_amd64/asm", "backend_arm64", "backend_arm64/asm"},
	"jit/island": {"codec", "schema", "jit/abi"},
	"jit/jittest": {"codec", "schema", "jit/build", "jit/build/...", "reflectcodec", "reflectcodec/...",
		"fuzz/cases", "fuzz/effort"}, // for tests
	"jit": {"codec", "schema", "ir", "jit/abi", "jit/build", "jit/build/...", "jit/compile", "jit/island", "loader"},

	"reflectcodec":               {"codec", "schema"},
	"reflectcodec/thriftbinary":  {"codec", "schema", "wire/thriftbinary", "reflectcodec"},
	"reflectcodec/thriftcompact": {"codec", "schema", "wire/thriftcompact", "wire/varint", "reflectcodec"},
	"reflectcodec/protobuf":      {"codec", "schema", "wire/protobuf", "wire/varint", "reflectcodec"},

	".": {"codec", "schema", "jit", "reflectcodec", "reflectcodec/...", "validate"},

	"rpc/message":            {"."},
	"rpc/thrift":             {".", "wire/...", "rpc/message"},
	"rpc/protobuf":           {".", "schema"},
	"rpc/socket":             {xnet + "/bpf"},
	"rpc/transport":          {"rpc/message", "rpc/socket"},
	"rpc/endpoint":           {"rpc/transport"},
	"rpc/endpoint/dns":       {"rpc/endpoint", xnet + "/dns/dnsmessage"},
	"rpc/transport/framing":  {".", "rpc/message", "rpc/transport", "rpc/thrift"},
	"rpc/streaming":          {".", "rpc/message", "rpc/transport", "rpc/contract", "rpc/grpc", "rpc/intercept", "rpc/invoke", "rpc/journal", "rpc/memory"},
	"rpc/transport/exchange": {".", "rpc/message", "rpc/transport", "rpc/endpoint", "rpc/thrift"},
	"rpc/admission":          {"rpc/socket"},
	"rpc/invoke":             {"rpc/message"},
	"rpc/journal":            {},
	"rpc/janitor":            {},
	"rpc/memory":             {".", "rpc/message", "rpc/thrift"},
	"rpc/contract":           {".", "rpc/message", "rpc/thrift", "rpc/protobuf", "rpc/invoke", "rpc/memory"},
	"rpc/transport/http2":    {"rpc/message", "rpc/transport", xnet + "/http2", xnet + "/http2/hpack", xnet + "/http/httpguts"},
	"rpc/grpc/streams":       {"rpc/message", "rpc/transport", "rpc/transport/http2", "rpc/contract", "rpc/grpc", xnet + "/http2/hpack"},
	"rpc/grpc/adapt":         {"rpc/grpc", "rpc/contract", "rpc/invoke", "rpc/message"},
	"rpc/grpc/channel": {".", "rpc/message", "rpc/memory", "rpc/transport", "rpc/transport/http2", "rpc/endpoint", "rpc/grpc",
		"rpc/grpc/streams"},
	"rpc/naming":          {},
	"rpc/grpc/descriptor": {".", "schema", "definition", "rpc/contract", "rpc/naming", "rpc/protobuf"},
	"rpc/grpc/health":     {"rpc/grpc"},
	"rpc/grpc/reflection": {"rpc/grpc", "rpc/grpc/descriptor"},
	"rpc/grpc":            {".", "rpc/message", "rpc/contract", "rpc/protobuf", bytedanceLib + "/..."},
	"rpc/policy":          {"rpc/message", "rpc/transport", "rpc/endpoint", bytedanceLib + "/...", timeLib + "/rate"},
	"rpc/intercept":       {".", "rpc/message", "rpc/policy", "rpc/thrift", "rpc/transport", bytedanceLib + "/..."},
	"rpc/describe":        {"schema", "definition", "definition/thrifttext", "rpc/contract", "rpc/naming", "rpc/grpc/descriptor"},
	"rpc": {".", "definition", "rpc/describe", "rpc/message", "rpc/thrift", "rpc/transport", "rpc/transport/...", "rpc/admission", "rpc/endpoint",
		"rpc/endpoint/dns", "rpc/contract", "rpc/intercept", "rpc/invoke", "rpc/janitor", "rpc/journal", "rpc/memory", "rpc/policy",
		"rpc/streaming", "rpc/grpc", "rpc/grpc/...", bytedanceLib + "/..."},

	"definition":               {},
	"definition/internal/text": {},
	"definition/thrifttext":    {"definition", "definition/internal/text"},
	"definition/prototext":     {"definition", "definition/internal/text"},
	"definition/compilertest":  {".", "definition", "definition/thrifttext", "definition/prototext"}, // for tests

	"examples/quickstart": {"."},
	"rpc/streamtest":      {"rpc", "fuzz/effort"},
	"examples/rpc":        {"rpc"},
	"examples/grpc":       {"rpc", "rpc/grpc", "rpc/grpc/health"},
	"examples/handover":   {"rpc"},

	"fuzz":         {},
	"fuzz/cases":   {},
	"fuzz/effort":  {},
	"fuzz/guard":   {},
	"fuzz/record":  {},
	"fuzz/harness": {".", "codec", "schema", "fuzz/cases", "fuzz/guard", "fuzz/record"},
	"fuzz/regress": {},
}

// forbiddenStandardImports keeps reflection and unsafe out of packages that have no business with them.
var forbiddenStandardImports = map[string][]string{
	"wire/thriftbinary":  {"reflect", "unsafe"},
	"wire/thriftcompact": {"reflect", "unsafe"},

	"ir":          {"reflect", "unsafe"},
	"ir/pass":     {"reflect", "unsafe"},
	"ir/regalloc": {"reflect", "unsafe"},
	"ir/lower":    {"reflect", "unsafe"},
}

// allowedRequirements are the modules that go.mod may name. Anything else needs a reason in
// docs/RATIONALE.md, and a line here.
var allowedRequirements = []string{bytedanceLib, cpuid, xnet, timeLib, testify, golangAsm}

// goPackage is what `go list -json` says of one package, as far as these tests read it.
type goPackage struct {
	ImportPath string
	Dir        string
	Standard   bool
	Imports    []string
	Deps       []string

	GoFiles, CgoFiles, IgnoredGoFiles, SFiles []string
	TestGoFiles, XTestGoFiles                 []string
}

// sourceFiles returns the full names of the package's Go files, those of other platforms and tests included.
func (p *goPackage) sourceFiles() []string {
	var files []string
	for _, list := range [][]string{p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles} {
		for _, name := range list {
			files = append(files, filepath.Join(p.Dir, name))
		}
	}
	return files
}

// goCommand runs the go command for the machine it runs on, even when this test was built for another one,
// and returns its standard output.
func goCommand(t *testing.T, environment []string, arguments ...string) []byte {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Env = append(hostEnvironment(), environment...)
	output, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(arguments, " "), err, output, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// hostEnvironment is the environment without the variables that choose a platform to build for.
func hostEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "GOOS" || name == "GOARCH" || name == "CGO_ENABLED"
	})
}

// listPackages returns what `go list` says of the packages, on each of the platforms that differ for us.
func listPackages(t *testing.T, arguments ...string) []goPackage {
	t.Helper()
	var packages []goPackage
	for _, platform := range []string{"linux/amd64", "linux/arm64", "windows/amd64"} {
		system, architecture, _ := strings.Cut(platform, "/")
		output := goCommand(t, []string{"GOOS=" + system, "GOARCH=" + architecture},
			append([]string{"list", "-json"}, arguments...)...)
		for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
			var p goPackage
			err := decoder.Decode(&p)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			packages = append(packages, p)
		}
	}
	return packages
}

// relativeName turns an import path of this module into the name that allowedImports uses.
func relativeName(importPath string) (name string, ours bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func TestImportGraph(t *testing.T) {
	for _, p := range listPackages(t, "./...") {
		name, _ := relativeName(p.ImportPath)
		allowed, known := allowedImports[name]
		if !known && len(p.GoFiles) > 0 {
			t.Errorf("package %s is not in allowedImports: add it with what it may import", name)
		}
		for _, imported := range p.Imports {
			if fault := importFault(name, imported, allowed); fault != "" {
				t.Errorf("package %s imports %s: %s", name, imported, fault)
			}
		}
	}
}

// importFault says why a package may not import another; "" means that it may.
func importFault(importer, imported string, allowed []string) string {
	if slices.Contains(forbiddenStandardImports[importer], imported) {
		return "this package does without it"
	}
	if imported == "C" {
		return "the library is built without cgo"
	}
	if isStandard(imported) {
		return ""
	}
	if name, ours := relativeName(imported); ours {
		imported = name
	}
	for _, permitted := range allowed {
		above, subtree := strings.CutSuffix(permitted, "...")
		if imported == permitted || subtree && strings.HasPrefix(imported, above) {
			return ""
		}
	}
	return fmt.Sprintf("it may import only the standard library and %q", allowed)
}

func TestImportFaults(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		permitted          bool
	}{
		{"schema", "reflect", true},
		{"ir", "reflect", false},
		{"ir", "unsafe", false},
		{"schema", module + "/reflectcodec", false},
		{"reflectcodec", module + "/schema", true},
		{"reflectcodec", module, false},
		{"reflectcodec", "unsafe", true},
		{".", module + "/jit", true},
		{"rpc", module, true},
		{"rpc", module + "/jit", false},
		{"rpc", bytedanceLib + "/cloud/metainfo", true},
		{"rpc", bytedanceLib, false},
		{".", bytedanceLib, false},
		{".", module + "/reflectcodec/thriftcompact", true},
		{".", module + "/jit/island", false},
		{".", module + "/jit/build", false},
		{".", module + "/jit/compile", false},
		{"jit", module + "/jit/build/thriftcompact", true},
		{"jit/compile", module + "/jit/build", true},
		{"jit/compile", module + "/jit/build/thriftcompact", false},
		{"jit/build/thriftbinary", module + "/jit/build", true},
		{"jit/build/thriftbinary", module + "/jit/build/thriftcompact", false},
		{"reflectcodec/thriftbinary", module + "/reflectcodec/thriftcompact", false},
		{"ir/interp", module + "/ir/regalloc", false},
		{"rpc/endpoint", module + "/rpc/transport", true},
		{"rpc/endpoint", module + "/rpc/transport/exchange", false},
		{"backend_amd64/asm", cpuid, true},
		{"schema", testify + "/require", false},
		{"backend_amd64/asm", golangAsm + "/obj", false},
		{"schema", "C", false},
	} {
		fault := importFault(c.importer, c.imported, allowedImports[c.importer])
		if (fault == "") != c.permitted {
			t.Errorf("%s imports %s: got %q, permitted: %v", c.importer, c.imported, fault, c.permitted)
		}
	}
}

// linknames are the `//go:linkname local package.name` directives that name a package.
var linkname = regexp.MustCompile(`(?m)^//go:linkname[ \t]+\S+[ \t]+(\S+)`)

// linknamesIntoStandard returns the standard library's names that a file reaches by linkname.
func linknamesIntoStandard(source []byte) []string {
	var names []string
	for _, match := range linkname.FindAllSubmatch(source, -1) {
		target := string(match[1])
		folder := strings.LastIndexByte(target, '/') + 1
		lastElement, _, _ := strings.Cut(target[folder:], ".")
		if isStandard(target[:folder] + lastElement) {
			names = append(names, target)
		}
	}
	return names
}

func TestNoLinknameIntoStandardLibrary(t *testing.T) {
	scanned := 0
	for _, p := range append(listPackages(t, "-deps", module), listPackages(t, "./...")...) {
		// cpuid reads the arm64 feature words that the runtime was given by the kernel.
		if p.Standard || p.ImportPath == cpuid {
			continue
		}
		for _, file := range p.sourceFiles() {
			scanned++
			for _, name := range linknamesIntoStandard(readFile(t, file)) {
				t.Errorf("%s: linkname to %s", file, name)
			}
		}
		if _, ours := relativeName(p.ImportPath); !ours {
			continue
		}
		for _, file := range p.SFiles {
			if bytes.Contains(readFile(t, filepath.Join(p.Dir, file)), []byte("runtime·")) {
				t.Errorf("%s/%s names a symbol of the runtime", p.ImportPath, file)
			}
		}
	}
	if scanned == 0 {
		t.Error("no source file was read")
	}
}

func TestLinknameIsFound(t *testing.T) {
	for source, want := range map[string][]string{
		"//go:linkname mallocgc runtime.mallocgc\n":                {"runtime.mallocgc"},
		"\n//go:linkname  grow \treflect.growslice\nfunc grow()\n": {"reflect.growslice"},
		"//go:linkname x internal/runtime/maps.x\n":                {"internal/runtime/maps.x"},
		"//go:linkname x github.com/tagwire/tagwire/jit.x\n":       nil,
		"//go:linkname exported\n":                                 nil,
		"// a comment on //go:linkname a runtime.b\n":              nil,
	} {
		if got := linknamesIntoStandard([]byte(source)); !slices.Equal(got, want) {
			t.Errorf("%q: found %q, want %q", source, got, want)
		}
	}
}

// TestLongForms: what .ci/run long runs are the packages with this very flag, and there is no other way to shorten tests.
func TestLongForms(t *testing.T) {
	const wanted = `var long = flag.Bool("long", false, "run the long forms of tests")`
	flagCall, shortCall := regexp.MustCompile(`.*flag\.\w+\((&\w+, )?"long".*`), []byte("testing.Short()")
	found := 0
	walkRepository(t, func(name string) {
		if !strings.HasSuffix(name, "_test.go") || name == "layout_test.go" {
			return
		}
		source := readFile(t, name)
		if bytes.Contains(source, shortCall) {
			t.Errorf("%s: a test has its short form by default, and its long one with -long", name)
		}
		for _, line := range flagCall.FindAllString(string(source), -1) {
			if found++; line != wanted {
				t.Errorf("%s: the flag is not declared as it is elsewhere: %s", name, wanted)
			}
		}
	})
	if found < 4 {
		t.Errorf("%d declarations are found", found)
	}
}

// walkRepository calls visit with each file's name relative to the root, slashes between.
func walkRepository(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			hidden := path != "." && entry.Name() != ".ci" && strings.HasPrefix(entry.Name(), ".")
			if hidden || entry.Name() == "node_modules" { // What npm installs for a peer is not ours.
				return filepath.SkipDir
			}
			return nil
		}
		visit(filepath.ToSlash(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestRequirements(t *testing.T) {
	var file struct {
		Go        string
		Toolchain string
		Require   []struct {
			Path     string
			Indirect bool
		}
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(goCommand(t, nil, "mod", "edit", "-json"), &file); err != nil {
		t.Fatal(err)
	}
	if file.Go != "1.24" && !strings.HasPrefix(file.Go, "1.24.") || file.Toolchain != "" {
		t.Errorf("go.mod asks for go %q, toolchain %q; users of Go 1.24 must be able to build it",
			file.Go, file.Toolchain)
	}
	for _, requirement := range file.Require {
		if !requirement.Indirect && !slices.Contains(allowedRequirements, requirement.Path) {
			t.Errorf("go.mod requires %s, which is not in allowedRequirements", requirement.Path)
		}
	}
	if len(file.Replace) > 0 {
		t.Errorf("go.mod replaces %s: users of the module would not see it", file.Replace[0].Old.Path)
	}
}

// TestNotices: each module that one of the go.mod files requires is named in the third-party notices.
func TestNotices(t *testing.T) {
	notices := readFile(t, "THIRD_PARTY_NOTICES.md")
	walkRepository(t, func(name string) {
		if filepath.Base(name) != "go.mod" {
			return
		}
		var file struct{ Require []struct{ Path string } }
		if err := json.Unmarshal(goCommand(t, nil, "mod", "edit", "-json", name), &file); err != nil {
			t.Fatal(err)
		}
		for _, requirement := range file.Require {
			_, ours := relativeName(requirement.Path)
			if !ours && !bytes.Contains(notices, []byte("`"+requirement.Path+"`")) {
				t.Errorf("%s requires %s, which THIRD_PARTY_NOTICES.md does not name", name, requirement.Path)
			}
		}
	})
}
