package jit

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	controls["dumps"] = func() {
		for _, value := range []any{&Run{}, &Texts{}} {
			mustCompile(value)
		}
	}
	controls["perf map"] = writePerfMap
}

// mustCompile compiles a type in a process without a test.
func mustCompile(value any) *Codec {
	s, err := schema.Of(reflect.TypeOf(value))
	if err != nil {
		harmed("%v", err)
	}
	codec, err := Compile(s, ThriftBinary)
	if err != nil {
		harmed("%v", err)
	}
	return codec
}

// TestDumpIsTheGoldenFormat: what a process prints after the builder and after the last pass is what the golden files
// hold, for all directions; other passes are there too, and nothing of other types.
func TestDumpIsTheGoldenFormat(t *testing.T) {
	parts := dumpParts(t, "Run")
	functions := 0
	for _, d := range []build.Task{sizing, encoding, decoding} {
		content, err := os.ReadFile(filepath.Join("testdata", "build", "run_"+d.String()+".ir"))
		require.NoError(t, err)
		built, passed, ok := strings.Cut(strings.TrimPrefix(string(content), "// As built.\n\n"), "// After the passes.\n\n")
		require.True(t, ok)
		title := d.String() + " of jit.Run after "
		require.True(t, built == parts[title+dumpBuild], parts[title+dumpBuild])
		require.True(t, passed+"\n" == parts[title+"layout"], parts[title+"layout"])
		for _, row := range passTable {
			require.Contains(t, parts[title+row.name], "func @"+d.String()+".Run(")
		}
		functions += 1 + len(passTable)
	}
	require.Len(t, parts, functions)
}

func TestDumpOfOnePass(t *testing.T) {
	parts := dumpParts(t, "jit.Run:tags")
	require.Len(t, parts, 3)
	require.Contains(t, parts, "decode of jit.Run after tags")
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
	return requireUnharmed(t, "dumps", dumpVariable+"="+value)
}

// TestDumpOfAssembly: all that the type's segment holds, each instruction with its offset.
func TestDumpOfAssembly(t *testing.T) {
	output := dumpOf(t, "Run:asm")
	require.NotContains(t, output, "@")
	require.Equal(t, 1, strings.Count(output, "assembly"))
	require.Contains(t, output, "# jit.Run: assembly\n\n# func0   at      0,")
	for _, name := range []string{
		"size.Run", "encode.Run", "decode.Run", "thrift.binary", "decode.Run.entry", "fail",
	} {
		require.Regexp(t, `(?m)^# func\d+ +at +[0-9a-f]+, +[1-9]\d* bytes: `+name+`$`, output)
		require.Regexp(t, `(?m)^# func `+name+`\n(\.L\d+:\n)? +0\t`, output)
	}
	require.NotContains(t, output, "# func swap32\n", "nothing in the segment needs it")
}

// TestListingIsGolden holds the assembly of a type for the baseline processor, as a dump prints it.
func TestListingIsGolden(t *testing.T) {
	made, err := (&pipeline{}).run(schemaOf(t, &Run{}), encoding)
	require.NoError(t, err)
	var got string
	unlinked := compilation{functions: made.Functions, entered: []int{0}, objects: made.Symbols(unsafe.Pointer(&noByte)), list: func(text string) { got = text }}
	u, err := unlinked.compileAMD64(0)
	require.NoError(t, err)
	defer u.segment.Free()
	from, to := strings.Index(got, "# func encode.Run"), strings.Index(got, "# func fail") // the body and its entry
	require.Less(t, from, to)
	got = got[from:to]
	name := filepath.Join("testdata", "listing", "run_encode_amd64.txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "go test ./jit -run Golden -update rewrites it")
	require.Positive(t, strings.Count(got, amd64.Symbol(0).String()))
}

// perfTypes are compiled at the same time.
var perfTypes = []any{&Run{}, &Texts{}, &Maybe{}, &Rows{}, &Outer{}, &Fork{}}

// writePerfMap compiles types on as many goroutines, and checks the map that comes of it against the segments.
func writePerfMap() {
	path := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	if err := os.WriteFile(path, []byte("of an earlier process\n"), 0o644); err != nil {
		harmed("%v", err)
	}
	defer os.Remove(path)
	codecs := make([]*Codec, len(perfTypes))
	var group sync.WaitGroup
	for n, value := range perfTypes {
		group.Add(1)
		go func() {
			defer group.Done()
			codecs[n] = mustCompile(value)
		}()
	}
	group.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		harmed("%v", err)
	}
	fmt.Printf("%s", content)
	for n, c := range codecs {
		for _, p := range []*program{c.size, c.encode, c.decode} {
			if p == nil {
				continue
			}
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^%x [0-9a-f]+ tagwire:%s:\w+\.\w+\.entry$`, p.entry, strings.TrimPrefix(fmt.Sprintf("%T", perfTypes[n]), "*")))
			if !line.Match(content) {
				harmed("no line %v", line)
			}
		}
	}
}

func TestPerfMap(t *testing.T) {
	if emulated() {
		return // the switch is for a process of its own
	}
	output := requireUnharmed(t, "perf map", perfMapVariable+"=1")
	lines := strings.Split(strings.TrimSuffix(output, "unharmed\n"), "\n")
	lines = lines[:len(lines)-1]
	for _, line := range lines {
		require.Regexp(t, `^[1-9a-f][0-9a-f]* [1-9a-f][0-9a-f]* tagwire:jit\.\w+:[\w.]+$`, line)
	}
	for _, name := range []string{"jit.Run:encode.Run", "jit.Outer:decode.Inner", "jit.Fork:size.Fork", "jit.Rows:fail", "jit.Rows:swap32"} {
		require.Contains(t, output, " tagwire:"+name+"\n")
	}
}

func TestNoPerfMap(t *testing.T) {
	require.False(t, debugging.perfMap)
	mustCompile(&Run{})
	require.NoFileExists(t, processPerfMap.path)
}

// TestVerifySwitch: what one pass breaks and a later one mends is seen only by who looks after each.
func TestVerifySwitch(t *testing.T) {
	table, saved := passTable, debugging
	defer func() { passTable, debugging = table, saved }()
	var hidden *ir.Inst
	hide := func(f *ir.Func) {
		last := f.Entry()
		hidden = last.Insts[len(last.Insts)-1]
		last.Insts = last.Insts[:len(last.Insts)-1]
	}
	mend := func(f *ir.Func) { f.Entry().Insts = append(f.Entry().Insts, hidden) }
	passTable = append([]pass{{name: "hide", run: hide}, {name: "mend", run: mend}}, table...)
	s := schemaOf(t, &Run{})
	debugging = switches{}
	_, err := Compile(s, ThriftBinary)
	require.NoError(t, err)
	debugging = switches{verify: true}
	_, err = Compile(s, ThriftBinary)
	require.ErrorContains(t, err, "BUG: jit: @size.Run after hide: V2")
}

// TestCollectSwitch: there is a collection for each exit.
func TestCollectSwitch(t *testing.T) {
	saved := debugging
	defer func() { debugging = saved }()
	c := find(t, "Tree")
	native := mustCompile(c.New())
	var message []byte
	for _, value := range c.Samples() {
		encoded, err := oracle(schemaOf(t, value), value, codec.DefaultDepth)
		require.NoError(t, err)
		if len(encoded) > len(message) {
			message = encoded
		}
	}
	exits, collections := exitsOfDecoding(t, native, c, message)
	require.Greater(t, exits, collections+2, "the message is too simple")
	debugging.collect = true
	exits, collections = exitsOfDecoding(t, native, c, message)
	require.GreaterOrEqual(t, collections, exits)
}

func exitsOfDecoding(t *testing.T, native *Codec, c cases.Case, message []byte) (exits, collections uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, n := range exitsByKind() {
		exits -= n
	}
	target := reflect.ValueOf(c.New()).UnsafePointer()
	_, _, ok := native.Decode(message, target, codec.DefaultDepth, math.MaxInt, false, false)
	require.True(t, ok)
	for _, n := range exitsByKind() {
		exits += n
	}
	runtime.ReadMemStats(&after)
	return exits, uint64(after.NumGC - before.NumGC)
}
