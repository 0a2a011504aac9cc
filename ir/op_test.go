package ir

import (
	"strings"
	"testing"
)

func TestOpTable(t *testing.T) {
	seen := map[string]bool{}
	for op := InvalidOp + 1; op < OpCount; op++ {
		info := op.Info()
		if info.Name == "" {
			t.Fatalf("op %d has no row", op)
		}
		if seen[info.Name] {
			t.Errorf("%s: two rows", info.Name)
		}
		seen[info.Name] = true
		if got := opByName[info.Name]; got != op {
			t.Errorf("%s: the name leads to %s", info.Name, got)
		}
		if !strings.Contains(info.About, info.Name) {
			t.Errorf("%s: About does not show the text form", info.Name)
		}
		if (info.Edges != NoEdges) && !op.IsTerminator() {
			t.Errorf("%s: edges, but no terminator", info.Name)
		}
		if op.IsTerminator() && len(info.Results) > 0 {
			t.Errorf("%s: a terminator with results", info.Name)
		}
		if len(info.Results)+info.MoreResults.Max == 0 && info.Effects.Pure() {
			t.Errorf("%s: neither results nor effects", info.Name)
		}
		if info.Cond && len(info.Args) < 2 {
			t.Errorf("%s: a condition on fewer than two operands", info.Name)
		}
		if info.Commutes && (len(info.Args) != 2 || info.Args[0] != info.Args[1]) {
			t.Errorf("%s: the operands cannot be exchanged", info.Name)
		}
		if info.Source && info.Effects != ReadsMemory {
			t.Errorf("%s: a source mark on what is not just a load", info.Name)
		}
		if info.Effects.Has(MayExit) && !info.Effects.Has(MayFail) {
			t.Errorf("%s: what may exit may also fail", info.Name)
		}
		checkOperands(t, info)
		checkBulk(t, info)
	}
}

// checkBulk checks that the operands of a bulk op are those that the Builder and the backends give to its kind.
func checkBulk(t *testing.T, info *OpInfo) {
	args, results, bits := 0, 0, 0
	switch b := info.Bulk; {
	case b == Bulk{}:
		return
	case b.Copies():
		args = 3
		if b.Tells {
			results = 1
		}
	case b.Decodes() || b.Encodes():
		args, results, bits = 4, 2, b.VarintBits
		if bits == 0 || b.ZigZag && int64(bits) > 8*(b.To+b.From) {
			t.Errorf("%s: varints of %d bits for elements of %d bytes", info.Name, bits, b.To+b.From)
		}
	}
	if b := info.Bulk; b.From > 0 && b.To == 0 && b.VarintBits == 0 { // it searches
		args, results = 2, 1
	}
	if len(info.Args) != args || len(info.Results) != results || info.Bulk.VarintBits != bits {
		t.Errorf("%s: %+v with %d operands and %d results", info.Name, info.Bulk, len(info.Args), len(info.Results))
	}
}

// checkOperands checks that the types of results follow from those of operands, as the Builder needs it.
func checkOperands(t *testing.T, info *OpInfo) {
	bound := [3]TypeSet{}
	for _, a := range info.Args {
		if a.Types == 0 {
			t.Errorf("%s: an operand without types", info.Name)
		}
		bound[a.Variable] = a.Types
	}
	for _, r := range info.Results {
		switch {
		case r.Types == 0:
			t.Errorf("%s: a result without types", info.Name)
		case r.Variable == 0:
			r.Types.only() // panics if there is more than one
		case bound[r.Variable] != r.Types && info.Name != "Const":
			t.Errorf("%s: the type of a result does not follow", info.Name)
		}
	}
}

// TestOpTableExamples: the sentence of each row begins with an example in the text form, which must parse.
func TestOpTableExamples(t *testing.T) {
	for op := InvalidOp + 1; op < OpCount; op++ {
		example := op.Info().About
		for _, verb := range []string{" is ", " reads ", " writes ", " widens ", " keeps ", " copies ", " steps ", " fails ", " calls ",
			" leaves ", " goes ", " refuses "} {
			if before, _, found := strings.Cut(example, verb); found {
				example = before
			}
		}
		text := "func @f(v1:i64, v2:i64, v3:i64, v4:i64) {\nb9:\n\t" + redefine(example) + "\nb0:\nb1:\nb2:\n}\n"
		f, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v in %q", op, err, example)
			continue
		}
		if i := f.Blocks[0].Insts[0]; i.Op != op {
			t.Errorf("%s: the example is a %s", op, i.Op)
		}
	}
}

// redefine gives the result of an example a name that the test has not used.
func redefine(example string) string {
	if result, rest, found := strings.Cut(example, ":"); found && strings.HasPrefix(result, "v") && strings.Contains(rest, " = ") {
		return "v9:" + rest
	}
	return example
}

func TestConditions(t *testing.T) {
	numbers := []int64{-1 << 31, -5, -1, 0, 1, 5, 1<<31 - 1}
	for c := Eq; c < condCount; c++ {
		if condByName(c.String()) != c {
			t.Errorf("%s: the name leads elsewhere", c)
		}
		for _, a := range numbers {
			for _, b := range numbers {
				if c.Holds(a, b) == c.Negate().Holds(a, b) {
					t.Errorf("%d %s %d: the negation holds as well", a, c, b)
				}
				if c.Holds(a, b) != c.Mirror().Holds(b, a) {
					t.Errorf("%d %s %d: not as its mirror", a, c, b)
				}
			}
		}
	}
	if ULT.Holds(-1, 1) || !SLT.Holds(-1, 1) {
		t.Error("signs are mixed up")
	}
}
