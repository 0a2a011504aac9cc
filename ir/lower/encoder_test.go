package lower

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// toyTarget is a toy processor, which branches by 'b' and a signed byte, or by 'B' and 32 bits, pads with 'n', and has references of 32 bits
// that count from the end of their instruction.
var toyTarget = &Target{
	Align: 16, Trap: []byte("t"),
	Reaches: func(_ Branch, distance int) bool { return distance == int(int8(distance)) },
	Pad:     func(code []byte, n int) []byte { return append(code, bytes.Repeat([]byte("n"), n)...) },
	Patch: func(code []byte, field, from, to int) error {
		if to-from > 1<<20 {
			return errors.New("too far for a toy")
		}
		binary.LittleEndian.PutUint32(code[field:], uint32(to-from))
		return nil
	},
	AppendBranch: func(code []byte, b Branch, short bool, distance int) []byte {
		if short {
			return append(code, byte(b.Code)|0x20, byte(distance))
		}
		return binary.LittleEndian.AppendUint32(append(code, byte(b.Code)), uint32(distance))
	},
}

var toyBranch = Branch{Code: 'B', Short: 2, Long: 5}

// fillBytes appends bytes that are no instruction of the toy.
func fillBytes(e *Encoder, n int) { e.Bytes = append(e.Bytes, make([]byte, n)...) }

// TestBranchesAreAsShortAsTheyCanBe: branches among random distances lead where they should, and none is long whose label a
// short one would reach; the encoder is used again for each.
func TestBranchesAreAsShortAsTheyCanBe(t *testing.T) {
	e := Encoder{KeepLabels: true}
	random := rand.New(rand.NewPCG(1, 0))
	for range 300 {
		const labels = 20
		e.Reset(toyTarget)
		e.SetLabels(labels)
		type branch struct {
			at Position
			to Label
		}
		var branches []branch
		for l := range Label(labels) {
			e.Bind(l)
			for range random.IntN(3) {
				to := Label(random.IntN(labels))
				branches = append(branches, branch{e.Here(), to})
				e.Branch(toyBranch, to)
			}
			fillBytes(&e, random.IntN(40))
			if random.IntN(8) == 0 {
				e.Align(8)
			}
		}
		code, err := e.Finish()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range branches {
			at, want := e.Offset(b.at), code.Labels[b.to]
			switch code.Bytes[at] {
			case 'b':
				if got := at + 2 + int(int8(code.Bytes[at+1])); got != want {
					t.Fatalf("a short branch at %d leads to %d, not %d", at, got, want)
				}
			case 'B':
				if got := at + 5 + int(int32(binary.LittleEndian.Uint32(code.Bytes[at+1:]))); got != want {
					t.Fatalf("a long branch at %d leads to %d, not %d", at, got, want)
				}
				if distance := want - (at + 5); distance >= 0 && distance < 100 || distance < 0 && distance > -100 {
					t.Fatalf("a branch at %d to %d is long", at, want)
				}
			default:
				t.Fatalf("no branch at %d", at)
			}
		}
	}
}

// TestFields: references count from the end of their instruction, table entries from their base, and calls are left to Link.
func TestFields(t *testing.T) {
	var e Encoder
	e.Reset(toyTarget)
	e.SetLabels(2)
	e.Bind(0)
	fillBytes(&e, 3)
	e.Reference(1)
	e.Bytes = append(e.Bytes, 'i') // the instruction goes on behind its field
	e.EndInstruction(0)
	fields := e.Fields()
	e.Call(7)
	e.EndInstruction(fields)
	e.Align(16)
	e.Bind(1)
	e.Distance(0, 1)
	e.Word64(0x0102030405060708)
	code, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	want := "\x00\x00\x00\x08\x00\x00\x00i\x00\x00\x00\x00nnnn\x10\x00\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01"
	if string(code.Bytes) != want {
		t.Errorf("got %q", code.Bytes)
	}
	if len(code.Calls) != 1 || code.Calls[0] != (Relocation{Offset: 8, From: 12, Target: 7}) {
		t.Errorf("calls %+v", code.Calls)
	}
}

func TestEncoderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		emit func(e *Encoder)
		want string
	}{
		"bound twice":         {func(e *Encoder) { e.Bind(0); e.Bind(0) }, ".L0 is bound twice"},
		"not bound":           {func(e *Encoder) { e.Branch(toyBranch, 1) }, ".L1 is used but not bound"},
		"no such label":       {func(e *Encoder) { e.Bind(9); e.Reference(9) }, ".L9 is used but not bound"},
		"base not bound":      {func(e *Encoder) { e.Bind(0); e.Distance(1, 0) }, ".L1 is used but not bound"},
		"alignment":           {func(e *Encoder) { e.Align(12) }, "12 is not an alignment"},
		"more than functions": {func(e *Encoder) { e.Align(32) }, "32 is not an alignment"},
		"too far":             {func(e *Encoder) { e.Reference(0); fillBytes(e, 2<<20); e.Bind(0) }, "too far for a toy"},
		"the first of two":    {func(e *Encoder) { e.Align(3); e.Align(5) }, "3 is not an alignment"},
	} {
		var e Encoder
		e.Reset(toyTarget)
		e.SetLabels(2)
		c.emit(&e)
		if code, err := e.Finish(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, code, err)
		}
	}
}

func TestBody(t *testing.T) {
	b := Body[string]{Name: "f"}
	first := b.NewLabel()
	*b.Next() = "one"
	*b.Next() = "two"
	b.DropLast()
	table := b.Table(1, 2, 3)
	if again := b.Table(1, 2, 3); again != table || b.Table(1, 2) == table {
		t.Error("equal words have two labels, or others the same")
	}
	if len(b.Insts) != 1 || b.Insts[0] != "one" || b.Labels() != 3 || first == table || len(b.Tables()) != 2 {
		t.Errorf("%+v", b)
	}
}
