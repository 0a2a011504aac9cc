package arm64

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/pass"
	"github.com/tagwire/tagwire/jit/abi"
)

// mustAssemble returns the code of a function.
func mustAssemble(t testing.TB, f *Function) *Code {
	t.Helper()
	code, err := new(Assembler).Assemble(f)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// testLinkage knows the functions @first, @second, ... in the order of a list, and one object.
type testLinkage []string

func (l testLinkage) Function(name string) (Symbol, bool) {
	for n, known := range l {
		if known == name {
			return Symbol(n), true
		}
	}
	return 0, false
}

func (l testLinkage) Address(name string) (uint64, bool) { return 0x1122334455667788, name == "object" }

// testFail and testBulk are the routine that fails, and behind it those of bulk ops, in the order of the table.
const testFail Symbol = 100

func testBulk() map[ir.Op]Symbol {
	bulk := map[ir.Op]Symbol{}
	for n, op := range BulkOps {
		bulk[op] = testFail + 1 + Symbol(n)
	}
	return bulk
}

// TestReservedRegisters: the allocator gives away all general registers but those with a role, and no other; those of the
// assembler are those of the contract.
func TestReservedRegisters(t *testing.T) {
	given := RegSet(machine.Registers.Allocatable(0))
	taken := []PReg{StackReg, FrameReg, FramePtr, LinkReg, AssemblerReg, spare}
	for _, r := range []abi.Register{abi.ARM64Platform, abi.ARM64Assembler, abi.ARM64G} {
		taken = append(taken, PReg(r))
	}
	for _, reserved := range taken {
		if given.Has(reserved) {
			t.Errorf("%v can be allocated", reserved)
		}
	}
	const general = RegSet(1<<V0 - 1<<R0)
	if given.Len()+len(taken) != general.Len() || given&^general != 0 {
		t.Errorf("%d registers, of which %b are not general", given.Len(), given&^general)
	}
	for r, role := range map[PReg]abi.Register{
		StackReg: abi.ARM64StackPointer, FrameReg: abi.ARM64Frame, FramePtr: abi.ARM64FramePointer, LinkReg: abi.ARM64Link,
	} {
		if r != PReg(role) {
			t.Errorf("%v is not register %d", r, role)
		}
	}
}

// TestLowering lowers each file of testdata/lower: functions in IR, then, behind a line of dashes, the machine code. Rewrite the
// second part with -update, and read it.
func TestLowering(t *testing.T) {
	files, err := filepath.Glob("testdata/lower/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			const line = "\n---\n"
			source, want, _ := strings.Cut(string(content), line)
			got := lowerText(t, source)
			if *lowertest.Update {
				if err := os.WriteFile(file, []byte(source+line+got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("the code is now\n%s", got)
			}
		})
	}
}

// TestEveryOpHasALoweringGolden: each op is in a function of testdata/lower.
func TestEveryOpHasALoweringGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/lower/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var shown [ir.OpCount]bool
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(string(content), "\n---\n")
		functions, err := ir.ParseAll(source)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, f := range functions {
			for _, b := range f.Blocks {
				for _, i := range b.Insts {
					shown[i.Op] = true
				}
			}
		}
	}
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if !shown[op] {
			t.Errorf("%s is in no file of testdata/lower", op)
		}
		if lower.HasRule(op) == (bulkRows.Of(op) != nil) {
			t.Errorf("%s has no rule, or two", op)
		}
	}
}

func lowerText(t *testing.T, source string) string {
	t.Helper()
	functions, err := ir.ParseAll(source)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	l := &Lowerer{Settings: lower.Settings{Linkage: testLinkage{"callee", "leaver"}, Fail: testFail, Bulk: testBulk(), Check: true,
		Leaving: map[string]bool{"leaver": true}}}
	for _, f := range functions {
		if err := ir.Verify(f); err != nil {
			t.Fatal(err)
		}
		pass.SplitCriticalEdges(f)
		out, err := l.Lower(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := new(Assembler).Assemble(out); err != nil {
			t.Fatal(err)
		}
		text.WriteString(out.String())
		if got := takenText(t, *l, f); got != out.String() {
			t.Errorf("taken block by block:\n%s\nwant\n%s", got, out)
		}
	}
	return text.String()
}

// takenText lowers f twice, in the same memory, and returns the text of the second one's pieces.
func takenText(t *testing.T, l Lowerer, f *ir.Func) (text string) {
	t.Helper()
	take := func(piece *Function) error {
		_, body, _ := strings.Cut(piece.String(), "\n")
		text += body
		return nil
	}
	l.Take = take
	for range 2 {
		text = "# func " + f.Name + "\n"
		rest, err := l.Lower(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := take(rest); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

func TestUnknownNamesAreErrors(t *testing.T) {
	for _, source := range []string{
		"func @f() {\nb0:\n\tCall @missing\n\tReturn\n}\n",
		"func @f() -> (ptr) {\nb0:\n\tv0:ptr = Address @missing\n\tReturn v0\n}\n",
	} {
		f, err := ir.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (&Lowerer{Settings: lower.Settings{Linkage: testLinkage{}}}).Lower(f); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%v for\n%s", err, source)
		}
	}
}
