package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// A system is one definition file of a real system, with all that it includes.
type system struct {
	name   string // of the file, without extension, and with letters only
	folder string
	file   string
}

// wrongOnPurpose are files that thrift-compiler refuses, too.
var wrongOnPurpose = []string{"BrokenConstants.thrift"}

// thriftSystems returns the definition files of Jaeger and of Apache Thrift's own tests.
func thriftSystems(t *testing.T) []system {
	t.Helper()
	apache := moduleFolder(t, "github.com/apache/thrift")
	folders := []string{
		filepath.Join(moduleFolder(t, "github.com/jaegertracing/jaeger-idl"), "thrift"),
		filepath.Join(apache, "test"),
		filepath.Join(apache, "contrib", "fb303", "if"),
		filepath.Join(apache, "lib", "netstd", "Tests", "Thrift.Compile.Tests"),
	}
	var systems []system
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.thrift"))
		if err != nil || len(files) == 0 {
			t.Fatalf("there are no definitions in %s: %v", folder, err)
		}
		for _, file := range files {
			base := filepath.Base(file)
			if slices.Contains(wrongOnPurpose, base) {
				continue
			}
			name := regexp.MustCompile(`[^A-Za-z0-9]`).ReplaceAllString(strings.TrimSuffix(base, ".thrift"), "")
			systems = append(systems, system{name, folder, base})
		}
	}
	return systems
}

// generate writes the Go code of a system and its includes below folder.
func (s system) generate(t *testing.T, folder, importPath string, options gogen.Options) {
	t.Helper()
	read := source.Folders(s.folder)
	definitions, err := thriftfile.Parse(read, s.file)
	if err != nil {
		t.Fatal(err)
	}
	options.ModulePath, options.Read, options.SkipUnsupported = importPath, read, true
	files, err := gogen.Generate(definitions, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		write(t, filepath.Join(folder, filepath.FromSlash(f.Path)), string(f.Text))
	}
}

// variants are sets of options that the code of real systems is made with.
var variants = map[string]gogen.Options{
	"idiomatic": {},
	"values":    {Values: true, KeepUnknown: true, JSON: true},
	"thriftgo":  {Names: gogen.Thriftgo},
	"apache":    {Names: gogen.ThriftgoApache},
	"golint":    {Names: gogen.ThriftgoGolint},
}

// TestRealSystems: the code of real definitions builds, go vet has nothing to say, and it is as gofmt would have it.
func TestRealSystems(t *testing.T) {
	module := newModule(t)
	for name, options := range variants {
		for _, s := range thriftSystems(t) {
			s.generate(t, filepath.Join(module, name, s.name), modulePath+"/"+name+"/"+s.name, options)
		}
	}
	mustRun(t, module, "go", "vet", "./...")
	if output := mustRun(t, module, "gofmt", "-l", "."); output != "" {
		t.Errorf("gofmt would change:\n%s", output)
	}
	if _, err := os.Stat(filepath.Join(module, "idiomatic", "ThriftTest")); err != nil {
		t.Error(err)
	}
}
