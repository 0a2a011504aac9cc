//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	jittest.Controls["dumps"] = func() {
		for _, value := range []any{&jittest.Run{}, &jittest.Texts{}} {
			mustCompile(value)
		}
	}
	jittest.Controls["perf map"] = writePerfMap
}

// mustCompile compiles a type in a process without a test.
func mustCompile(value any) *Codec {
	s, err := schema.Thrift.Of(reflect.TypeOf(value))
	if err != nil {
		jittest.Harmed("%v", err)
	}
	codec, err := Compile(s, ThriftBinary)
	if err != nil {
		jittest.Harmed("%v", err)
	}
	return codec
}

// TestDumpIsTheGoldenFormat: what a process prints after the builder and after the last pass is what the golden files
// hold, for all operations; other passes are there too, and nothing of other types.
func TestDumpIsTheGoldenFormat(t *testing.T) {
	parts := dumpParts(t, "Run")
	functions := 0
	for _, d := range []build.Task{jittest.Sizing, jittest.Encoding, jittest.Decoding} {
		content, err := os.ReadFile(filepath.Join("compile", "testdata", "build", "run_"+d.String()+".ir"))
		require.NoError(t, err)
		built, passed, ok := strings.Cut(strings.TrimPrefix(string(content), "// As built.\n\n"), "// After the passes.\n\n")
		require.True(t, ok)
		title := d.String() + " of jittest.Run after "
		require.True(t, built == parts[title+compile.Built], parts[title+compile.Built])
		require.True(t, passed+"\n" == parts[title+"layout"], parts[title+"layout"])
		for _, pass := range compile.PassNames() {
			require.Contains(t, parts[title+pass], "func @"+d.String()+".Run(")
		}
		functions += 1 + len(compile.PassNames())
	}
	require.Len(t, parts, functions)
}

func TestDumpOfOnePass(t *testing.T) {
	parts := dumpParts(t, "jittest.Run:constants")
	require.Len(t, parts, 3)
	require.Contains(t, parts, "decode of jittest.Run after constants")
}

// dumpParts returns what a process prints, by titles without the name of the function. It must be IR.
func dumpParts(t *testing.T, value string) map[string]string {
	t.Helper()
	output := strings.TrimSuffix(dumpOf(t, value), "unharmed\n")
	_, err := ir.ParseAll(output)
	require.NoError(t, err)
	parts := map[string]string{}
	for _, part := range strings.Split(output, "// ")[1:] {
		title, text, ok := strings.Cut(part, "\n\n")
		require.True(t, ok, part)
		title = regexp.MustCompile(`: @\S+`).ReplaceAllString(title, "")
		parts[title] += text
	}
	return parts
}

func TestNoDump(t *testing.T) {
	require.Equal(t, "unharmed\n", dumpOf(t, ""))
	require.Equal(t, "unharmed\n", dumpOf(t, "Other"))
}

func dumpOf(t *testing.T, value string) string {
	t.Helper()
	return jittest.RequireUnharmed(t, "dumps", dumpVariable+"="+value)
}

// TestDumpOfAssembly: all that the type's segment holds, each instruction with its offset.
func TestDumpOfAssembly(t *testing.T) {
	output := dumpOf(t, "Run:asm")
	require.NotContains(t, output, "@")
	require.Equal(t, 1, strings.Count(output, "assembly"))
	require.Contains(t, output, "# jittest.Run: assembly\n\n# func0   at      0,")
	for _, name := range []string{
		"size.Run", "encode.Run", "decode.Run", "thrift.binary", "decode.Run.entry", "fail",
	} {
		require.Regexp(t, `(?m)^# func\d+ +at +[0-9a-f]+, +[1-9]\d* bytes: `+name+`$`, output)
		require.Regexp(t, `(?m)^# func `+name+`\n(\.L\d+:\n)? +0\t`, output)
	}
	require.NotContains(t, output, "# func swap32\n", "nothing in the segment needs it")
}

// perfTypes are compiled at the same time.
var perfTypes = []any{&jittest.Run{}, &jittest.Texts{}, &jittest.Maybe{}, &jittest.Rows{}, &jittest.Outer{}, &jittest.Fork{}}

// writePerfMap compiles types on as many goroutines, and checks the map that comes of it against the segments.
func writePerfMap() {
	path := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	if err := os.WriteFile(path, []byte("of an earlier process\n"), 0o644); err != nil {
		jittest.Harmed("%v", err)
	}
	defer os.Remove(path)
	units := make([]*compile.Unit, len(perfTypes))
	var group sync.WaitGroup
	for n, value := range perfTypes {
		group.Add(1)
		go func() {
			defer group.Done()
			s, err := schema.Thrift.Of(reflect.TypeOf(value))
			if err != nil {
				jittest.Harmed("%v", err)
			}
			made, err := compilePrograms(s, func() {}, tasks(ThriftBinary)...)
			if err != nil {
				jittest.Harmed("%v", err)
			}
			units[n] = made.unit
		}()
	}
	group.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		jittest.Harmed("%v", err)
	}
	fmt.Printf("%s", content)
	for n, u := range units {
		for _, entry := range u.Entries {
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^%x [0-9a-f]+ tagwire:%s:\w+\.\w+\.entry$`, entry, strings.TrimPrefix(fmt.Sprintf("%T", perfTypes[n]), "*")))
			if !line.Match(content) {
				jittest.Harmed("no line %v", line)
			}
		}
	}
}

func TestPerfMap(t *testing.T) {
	output := jittest.RequireUnharmed(t, "perf map", perfMapVariable+"=1")
	lines := strings.Split(strings.TrimSuffix(output, "unharmed\n"), "\n")
	lines = lines[:len(lines)-1]
	for _, line := range lines {
		require.Regexp(t, `^[1-9a-f][0-9a-f]* [1-9a-f][0-9a-f]* tagwire:jittest\.\w+:[\w.]+$`, line)
	}
	for _, name := range []string{"jittest.Run:encode.Run", "jittest.Outer:decode.Inner", "jittest.Fork:size.Fork", "jittest.Rows:fail", "jittest.Rows:swap32"} {
		require.Contains(t, output, " tagwire:"+name+"\n")
	}
}

func TestNoPerfMap(t *testing.T) {
	require.False(t, debugging.perfMap)
	mustCompile(&jittest.Run{})
	require.NoFileExists(t, processPerfMap.path)
}

// TestVerifySwitch: package compile tests what it does.
func TestVerifySwitch(t *testing.T) {
	for _, s := range []switches{{}, {verify: true}} {
		p := s.pipelineFor(jittest.Schema(t, &jittest.Run{}), jittest.Sizing)
		require.Equal(t, s.verify, p.Verify)
	}
}

// TestCollectSwitch: there is a collection for each exit.
func TestCollectSwitch(t *testing.T) {
	defer func() { island.CollectInExits = debugging.collect }()
	c := jittest.Find(t, "Tree")
	native := mustCompile(c.New())
	var message []byte
	for _, value := range c.Samples() {
		encoded, err := jittest.Binary.Oracle(jittest.Schema(t, value), value, codec.DefaultDepth)
		require.NoError(t, err)
		if len(encoded) > len(message) {
			message = encoded
		}
	}
	exits, collections := exitsOfDecoding(t, native, c, message)
	require.Greater(t, exits, collections+2, "the message is too simple")
	island.CollectInExits = true
	exits, collections = exitsOfDecoding(t, native, c, message)
	require.GreaterOrEqual(t, collections, exits)
}

func exitsOfDecoding(t *testing.T, native *Codec, c cases.Case, message []byte) (exits, collections uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, n := range Exits() {
		exits -= n
	}
	target := reflect.ValueOf(c.New()).UnsafePointer()
	_, _, ok := native.Decode(message, target, jittest.Usual)
	require.True(t, ok)
	for _, n := range Exits() {
		exits += n
	}
	runtime.ReadMemStats(&after)
	return exits, uint64(after.NumGC - before.NumGC)
}
