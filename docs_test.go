package tagwire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What the documents show is executed. The convention, also in CONTRIBUTING.md, is by the word after the
// opening fence:
//
//	go       a whole program (package main), built and run, its output equal to its "// Output:" comment;
//	         or declarations without a package clause, which are compiled, their imports filled in
//	sh       commands, one a line, run by this test in the root folder
//	sh ci    commands, one a line, that take too long for a test: .ci/run must hold the very line
//	text, thrift, mermaid   not executed
//
// Every block says which it is.

// block is one fenced block of a document.
type block struct {
	file string
	// line is the number of the first line inside the fence.
	line int
	// info is the text after the opening fence.
	info string
	text string
}

func (b *block) position() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

// fencedBlocks returns the fenced blocks of one document. A fence may be indented, as in a list item; its
// indentation is taken off every line. Code that is set apart by indentation alone would escape these tests and
// is an error.
func fencedBlocks(file, document string) ([]block, error) {
	var blocks []block
	var open *block
	var fence, indent string
	inList, afterBlank := false, false
	for number, line := range strings.Split(document, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case open == nil && strings.HasPrefix(trimmed, "```"):
			indent = line[:len(line)-len(trimmed)]
			info := strings.TrimLeft(trimmed, "`")
			fence = trimmed[:len(trimmed)-len(info)]
			open = &block{file: file, line: number + 2, info: strings.TrimSpace(info)}
		case open != nil && strings.TrimSpace(line) == fence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case line == "":
		case trimmed == line && line[0] != '\t':
			inList = listItem.MatchString(line)
		case afterBlank && !inList && len(line)-len(trimmed) != 1:
			return nil, fmt.Errorf("%s:%d: indented code; put it between fences", file, number+1)
		}
		afterBlank = line == ""
	}
	if open != nil {
		return nil, fmt.Errorf("%s: the fence is never closed", open.position())
	}
	return blocks, nil
}

// listItem is the first line of a list's item.
var listItem = regexp.MustCompile(`^([*+-]|[0-9]+[.)]) `)

// documentBlocks returns the fenced blocks of all Markdown files of the repository.
func documentBlocks(t *testing.T) []block {
	t.Helper()
	var blocks []block
	walkRepository(t, func(name string) {
		if filepath.Ext(name) != ".md" {
			return
		}
		found, err := fencedBlocks(name, string(readFile(t, name)))
		if err != nil {
			t.Error(err)
		}
		blocks = append(blocks, found...)
	})
	return blocks
}

// blocksOf returns the blocks with one of the given words after the fence; there must be some.
func blocksOf(t *testing.T, info string) []block {
	t.Helper()
	blocks := slices.DeleteFunc(documentBlocks(t), func(b block) bool { return b.info != info })
	if len(blocks) == 0 {
		t.Fatalf("no document has a block of %q", info)
	}
	return blocks
}

func TestDocumentFences(t *testing.T) {
	known := []string{"go", "sh", "sh ci", "text", "thrift", "mermaid"}
	for _, b := range documentBlocks(t) {
		if !slices.Contains(known, b.info) {
			t.Errorf("%s: a block of %q; it must be one of %q", b.position(), b.info, known)
		}
	}
}

// snippet is a Go block turned into a package of its own.
type snippet struct {
	block
	// name is the package's name: snippet and its number.
	name string
	// source is the package's only file.
	source string
	// program: it has a Main function, which prints output.
	program bool
	output  string
}

// snippetFolder is where the snippets are built: in the root module, so that they use its dependencies,
// through an overlay, so that no file is written there.
const snippetFolder = "internal/documents"

// newSnippet turns a block of Go into a package that can be linked with the other snippets: package main
// becomes package snippetN, and func main becomes func Main.
func newSnippet(b block, number int) (*snippet, error) {
	s := &snippet{block: b, name: "snippet" + strconv.Itoa(number)}
	if formatted, err := format.Source([]byte(b.text)); err == nil && string(formatted) != b.text {
		return nil, fmt.Errorf("%s: gofmt would change it to\n%s", b.position(), formatted)
	}
	file, err := parser.ParseFile(token.NewFileSet(), b.position(), b.text, parser.ParseComments)
	if err != nil {
		return s.asDeclarations()
	}
	return s.asProgram(file)
}

// asProgram makes the package of a block that is a whole program.
func (s *snippet) asProgram(file *ast.File) (*snippet, error) {
	entry, isFunction := declaration(file, "main").(*ast.FuncDecl)
	if file.Name.Name != "main" || !isFunction {
		return nil, fmt.Errorf("%s: a snippet with a package clause must be a whole program", s.position())
	}
	for _, comment := range file.Comments {
		if output, found := strings.CutPrefix(comment.Text(), "Output:\n"); found {
			s.output = output
			s.program = true
		}
	}
	if !s.program {
		return nil, fmt.Errorf("%s: a program must end in an Output comment", s.position())
	}
	// The later place first, so that the earlier one keeps its offset.
	text := replaceAt(s.text, int(entry.Name.Pos())-1, "main", "Main")
	text = replaceAt(text, int(file.Name.Pos())-1, "main", s.name)
	s.source = s.lineDirective() + text
	return s, nil
}

// asDeclarations makes the package of a block without package clause.
func (s *snippet) asDeclarations() (*snippet, error) {
	clause := "package " + s.name + "; "
	file, err := parser.ParseFile(token.NewFileSet(), s.position(), clause+s.text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("%s: neither a program nor declarations: %w", s.position(), err)
	}
	imports := map[string]bool{}
	for _, name := range file.Unresolved {
		if path, known := importable[name.Name]; known {
			imports["import "+strconv.Quote(path)+"; "] = true
		}
	}
	s.source = s.lineDirective() + clause + strings.Join(slices.Sorted(maps.Keys(imports)), "") + s.text
	return s, nil
}

// importable are the packages that a block of declarations may use without naming them.
var importable = map[string]string{
	"tagwire": module,
	"rpc":     module + "/rpc",
	"grpc":    module + "/rpc/grpc",
	"health":  module + "/rpc/grpc/health",
	"context": "context",
	"tls":     "crypto/tls",
	"x509":    "crypto/x509",
	"errors":  "errors",
	"fmt":     "fmt",
	"io":      "io",
	"iter":    "iter",
	"net":     "net",
	"reflect": "reflect",
	"strings": "strings",
	"time":    "time",
}

// lineDirective makes the compiler report the document's lines.
func (s *snippet) lineDirective() string {
	return fmt.Sprintf("//line %s:%d:1\n", s.file, s.line)
}

func declaration(file *ast.File, name string) ast.Decl {
	for _, d := range file.Decls {
		if function, isFunction := d.(*ast.FuncDecl); isFunction && function.Recv == nil && function.Name.Name == name {
			return d
		}
	}
	return nil
}

func replaceAt(text string, offset int, old, replacement string) string {
	return text[:offset] + replacement + text[offset+len(old):]
}

func TestDocumentPrograms(t *testing.T) {
	var snippets []*snippet
	for number, b := range blocksOf(t, "go") {
		s, err := newSnippet(b, number)
		if err != nil {
			t.Error(err)
			continue
		}
		snippets = append(snippets, s)
	}
	binary := buildSnippets(t, snippets)
	for _, s := range snippets {
		if !s.program {
			continue
		}
		t.Run(s.position(), func(t *testing.T) {
			printed, err := exec.Command(binary, s.name).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, printed)
			}
			// The reader's program is package main.
			got := strings.ReplaceAll(string(printed), s.name+".", "main.")
			if normalized(got) != normalized(s.output) {
				t.Errorf("it prints\n%s\nand its comment says\n%s", got, s.output)
			}
		})
	}
}

// normalized takes away what a comment cannot hold: spaces at the ends of lines and of the whole.
func normalized(output string) string {
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// buildSnippets links all snippets into one program that runs the one named by its argument.
func buildSnippets(t *testing.T, snippets []*snippet) (binary string) {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	overlay := map[string]string{}
	add := func(folder, source string) {
		content := filepath.Join(scratch, strconv.Itoa(len(overlay))+".go")
		if err := os.WriteFile(content, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, filepath.FromSlash(snippetFolder), folder, "snippet.go")] = content
	}
	for _, s := range snippets {
		add(s.name, s.source)
	}
	add("", snippetRunner(snippets))

	description, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(overlayFile, description, 0o600); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(scratch, "snippets.exe")
	goCommand(t, nil, "build", "-overlay", overlayFile, "-o", binary, module+"/"+snippetFolder)
	return binary
}

// snippetRunner is the source of the program that buildSnippets links.
func snippetRunner(snippets []*snippet) string {
	var source strings.Builder
	source.WriteString("package main\n\nimport (\n\t\"os\"\n")
	for _, s := range snippets {
		name := s.name
		if !s.program {
			name = "_"
		}
		fmt.Fprintf(&source, "\t%s %q\n", name, module+"/"+snippetFolder+"/"+s.name)
	}
	source.WriteString(")\n\nfunc main() {\n\tswitch os.Args[1] {\n")
	for _, s := range snippets {
		if s.program {
			fmt.Fprintf(&source, "\tcase %q:\n\t\t%s.Main()\n", s.name, s.name)
		}
	}
	source.WriteString("\t}\n}\n")
	return source.String()
}

// commandLines returns the commands of a block: its lines without comments and blank lines.
func commandLines(b block) []string {
	var commands []string
	for _, line := range strings.Split(b.text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			commands = append(commands, line)
		}
	}
	return commands
}

func TestDocumentCommands(t *testing.T) {
	executed := map[string]bool{}
	for _, b := range blocksOf(t, "sh") {
		for _, line := range commandLines(b) {
			if line == "go test ./..." {
				continue // It is what runs this test.
			}
			if executed[line] {
				continue
			}
			executed[line] = true
			t.Run(line, func(t *testing.T) {
				command, err := parseCommand(line)
				if err != nil {
					t.Fatalf("%s: %v", b.position(), err)
				}
				if output, err := command.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", b.position(), err, output)
				}
			})
		}
	}
	if len(executed) == 0 {
		t.Error("no command was executed")
	}
}

// parseCommand makes a command of a line of the form `[cd FOLDER && ][NAME=value ...]program [argument ...]`.
// A document's command needs no more, and this much runs without a shell, on every system.
func parseCommand(line string) (*exec.Cmd, error) {
	folder := "."
	if rest, found := strings.CutPrefix(line, "cd "); found {
		folder, line, found = strings.Cut(rest, " && ")
		if !found {
			return nil, fmt.Errorf("%q: cd needs a command after it", rest)
		}
	}
	words, err := splitWords(line)
	if err != nil {
		return nil, err
	}
	environment := hostEnvironment()
	for len(words) > 0 && strings.Contains(words[0], "=") {
		environment = append(environment, words[0])
		words = words[1:]
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%q holds no command", line)
	}
	command := exec.Command(words[0], words[1:]...)
	command.Dir = folder
	command.Env = environment
	return command, nil
}

// splitWords splits at spaces; a word may be in single quotes. It refuses what only a shell understands.
func splitWords(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		var word string
		if quoted, found := strings.CutPrefix(line, "'"); found {
			if word, line, found = strings.Cut(quoted, "'"); !found {
				return nil, fmt.Errorf("the quote is never closed: %s", quoted)
			}
		} else {
			word, line, _ = strings.Cut(line, " ")
			if strings.ContainsAny(word, "&|;<>$`*?\"'\\()") {
				return nil, fmt.Errorf("%q needs a shell", word)
			}
		}
		words = append(words, word)
	}
	return words, nil
}

// TestSlowDocumentCommands: what takes too long here is executed by .ci/run.
func TestSlowDocumentCommands(t *testing.T) {
	script := string(readFile(t, ".ci/run"))
	for _, b := range blocksOf(t, "sh ci") {
		for _, line := range commandLines(b) {
			if strings.HasPrefix(line, ".ci/run") {
				checkScriptMode(t, script, line)
			} else if !strings.Contains(script, line) {
				t.Errorf("%s: .ci/run does not run %q", b.position(), line)
			}
		}
	}
}

// checkScriptMode checks a command that is .ci/run itself: its argument must be one that the script knows.
func checkScriptMode(t *testing.T, script, line string) {
	t.Helper()
	words := strings.Fields(line)
	modes := regexp.MustCompile(`(?m)^(full \| .*)\) ;;$`).FindStringSubmatch(script)
	known := len(words) == 1 || len(words) == 2 && modes != nil && slices.Contains(strings.Split(modes[1], " | "), words[1])
	if words[0] != ".ci/run" || !known {
		t.Errorf("%q is not how .ci/run is called", line)
	}
	information, err := os.Stat(words[0])
	if err != nil {
		t.Error(err)
	} else if runtime.GOOS != "windows" && information.Mode().Perm()&0o100 == 0 {
		t.Errorf("%s is not executable", words[0])
	}
}

// TestDocumentLinks: a relative link leads to a file of the repository.
func TestDocumentLinks(t *testing.T) {
	checked := 0
	walkRepository(t, func(name string) {
		if filepath.Ext(name) != ".md" {
			return
		}
		for _, target := range relativeLinks(readFile(t, name)) {
			checked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, target)
			}
		}
	})
	if checked == 0 {
		t.Error("no document links to another file")
	}
}

// code is what a document shows as code: blocks between fences, and words between backquotes.
var code = regexp.MustCompile("(?ms)^ *```.*?^ *```|`[^`\n]*`")

// relativeLinks returns the targets of a document's links, without web addresses, places in the same page
// and the part after #.
func relativeLinks(document []byte) []string {
	var targets []string
	for _, after := range bytes.Split(code.ReplaceAll(document, nil), []byte("]("))[1:] {
		target, _, closed := strings.Cut(string(after), ")")
		target, _, _ = strings.Cut(target, "#")
		if closed && target != "" && !strings.Contains(target, "://") && !strings.HasPrefix(target, "mailto:") {
			targets = append(targets, target)
		}
	}
	return targets
}

func TestFencedBlocks(t *testing.T) {
	document := "a\n```go\nx\n```\n\n* item\n  ````sh ci\n  y\n  ```\n  ````\n"
	got, err := fencedBlocks("f.md", document)
	want := []block{{"f.md", 3, "go", "x\n"}, {"f.md", 8, "sh ci", "y\n```\n"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := fencedBlocks("f.md", "```go\nx\n"); err == nil {
		t.Error("an open fence is no error")
	}
	if _, err := fencedBlocks("f.md", "* item\n\n      more of it\n"); err != nil {
		t.Error(err)
	}
	if _, err := fencedBlocks("f.md", "do this:\n\n    rm\n"); err == nil {
		t.Error("indented code is no error")
	}
}

func TestSnippets(t *testing.T) {
	for text, want := range map[string]string{
		"package main\n\nfunc main() { println(1) }\n\n// Output:\n// 1\n": "package snippet7\n\nfunc Main() { println(1) }",
		"type T struct{ E error }\n":                                       "package snippet7; type T",
		"var _ = errors.New(fmt.Sprint(1))\n":                              `package snippet7; import "errors"; import "fmt"; var _`,
		"package main\n\nfunc main() { println(1) }\n":                     "must end in an Output comment",
		"package other\n\n// Output:\n// 1\n":                              "must be a whole program",
		"x := 1\n":                                                         "neither a program nor declarations",
	} {
		s, err := newSnippet(block{file: "f.md", line: 3, text: text}, 7)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", text, err, want)
			}
			continue
		}
		if !strings.HasPrefix(s.source, "//line f.md:3:1\n"+want) {
			t.Errorf("%q becomes %q", text, s.source)
		}
	}
}

func TestParseCommand(t *testing.T) {
	command, err := parseCommand("cd bench && A=1 B=2 go run . -check 'a>=1.5'")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"go", "run", ".", "-check", "a>=1.5"}; !slices.Equal(command.Args, want) {
		t.Errorf("got %q", command.Args)
	}
	if command.Dir != "bench" || !slices.Contains(command.Env, "A=1") || !slices.Contains(command.Env, "B=2") {
		t.Errorf("got %q, %q", command.Dir, command.Env)
	}
	for _, line := range []string{"a | b", "a > b", "a; b", "a $B", "cd x", "A=1", "a 'b"} {
		if _, err := parseCommand(line); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}
