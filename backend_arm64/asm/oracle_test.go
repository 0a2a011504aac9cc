package asm

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// requireAssembler is the environment variable that makes a missing GNU as a failure.
const requireAssembler = "TAGWIRE_REQUIRE_AS"

// gnuAssembler returns the command for a GNU as that knows arm64, "" if this machine has none.
func gnuAssembler(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"aarch64-linux-gnu-as", "as"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		// A cross-assembler, or the one of another system, refuses the syntax.
		probe := exec.Command(path, "-o", filepath.Join(t.TempDir(), "probe.o"), "-")
		probe.Stdin = strings.NewReader("mov x0, x1\n")
		if probe.Run() == nil {
			return path
		}
	}
	if os.Getenv(requireAssembler) != "" || *lowertest.Update {
		t.Fatal("GNU as (binutils) is needed here and was not found")
	}
	t.Log("GNU as (binutils) was not found: only the committed rows were checked")
	return ""
}

// gnuAssemble returns what GNU as makes of a text, and the values of the symbols in it.
func gnuAssemble(t *testing.T, assembler, text string) (code []byte, symbols map[string]int) {
	t.Helper()
	object := filepath.Join(t.TempDir(), "out.o")
	command := exec.Command(assembler, "-o", object, "-")
	command.Stdin = strings.NewReader(text)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("GNU as: %v\n%.4000s", err, output)
	}
	file, err := elf.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	code, err = file.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols = map[string]int{}
	table, err := file.Symbols()
	if err != nil && err != elf.ErrNoSymbols {
		t.Fatal(err)
	}
	for _, s := range table {
		symbols[s.Name] = int(s.Value)
	}
	return code, symbols
}

// gnuEach returns what GNU as makes of each line.
func gnuEach(t *testing.T, assembler string, lines []string) [][]byte {
	t.Helper()
	var text strings.Builder
	for n, line := range lines {
		text.WriteString("row" + strconv.Itoa(n) + ":" + line + "\n")
	}
	text.WriteString("row" + strconv.Itoa(len(lines)) + ":\n")
	code, symbols := gnuAssemble(t, assembler, text.String())
	each := make([][]byte, len(lines))
	for n := range lines {
		each[n] = code[symbols["row"+strconv.Itoa(n)]:symbols["row"+strconv.Itoa(n+1)]]
	}
	return each
}

// compareWithGNU assembles each instruction with both assemblers.
func compareWithGNU(t *testing.T, assembler string, instructions []Inst) {
	t.Helper()
	lines := make([]string, len(instructions))
	for n := range instructions {
		lines[n] = instructions[n].String()
	}
	shown := 0
	for n, want := range gnuEach(t, assembler, lines) {
		if got := AssembleOne(t, instructions[n]); !bytes.Equal(got, want) {
			t.Errorf("%s: got % x, GNU as says % x", lines[n], got, want)
			if shown++; shown == 40 {
				t.Fatal("and more")
			}
		}
	}
}

// FunctionOf returns a function of some instructions.
func FunctionOf(instructions ...Inst) *Function {
	f := NewFunction("some")
	f.Insts = instructions
	return f
}

var oneAssembler Assembler

// AssembleOne returns the machine code of one instruction.
func AssembleOne(t *testing.T, i Inst) []byte {
	t.Helper()
	f := FunctionOf(i)
	code, err := oneAssembler.Assemble(f)
	if err != nil {
		t.Fatal(err)
	}
	return code.Bytes
}
