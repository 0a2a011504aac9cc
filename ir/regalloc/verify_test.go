package regalloc

import (
	"strings"
	"testing"
)

// TestVerify has a function for each way to break a rule. The rule that is broken is its key's first word.
func TestVerify(t *testing.T) {
	const head = "target 4 2\n"
	for name, text := range map[string]string{
		"R2 parameters of the entry": "block0(v0):\n i0:",
		"R2 empty block":             "block0:",
		"R2 edge to the entry":       "block0:\n i0:\n -> block0",
		"R2 edge to nowhere":         "block0:\n i0:\n -> block1",
		"R2 missing argument":        "block0:\n i0:\n -> block1\nblock1(v0):\n i1:",
		"R2 class of argument":       "vector v1\nblock0:\n i0: v0\n i1:\n -> block1(v0)\nblock1(v1):\n i2:",
		"R2 unreachable":             "block0:\n i0:\nblock1:\n i1:",
		"R3 defined twice":           "block0:\n i0: v0\n i1: v0",
		"R3 not defined":             "block0:\n i0: <- v0",
		"R3 defined later":           "block0:\n i0: <- v0\n i1: v0",
		"R3 not on every path": `block0:
			i0: v0
			i1: <- v0
			-> block1
			-> block2
		block1:
			i2: v1
			i3:
			-> block3
		block2:
			i4:
			-> block3
		block3:
			i5: <- v1`,
		"R3 argument not defined":           "block0:\n i0: v0\n i1:\n -> block1(v1)\nblock1(v2):\n i2: v1",
		"R4 early fixed definition":         "block0:\n i0: v0@r0!",
		"R4 tie to nothing":                 "block0:\n i0: v0=7",
		"R4 tie to a definition":            "block0:\n i0: v0=1, v1",
		"R4 tie to a fixed use":             "block0:\n i0: v0\n i1: v1=1 <- v0@r0",
		"R4 two ties to a use":              "block0:\n i0: v0\n i1: v1=2, v2=2 <- v0",
		"R4 tie between classes":            "vector v1\nblock0:\n i0: v0\n i1: v1=1 <- v0",
		"R4 fixed register of a class":      "block0:\n i0: v0@x0",
		"R4 fixed register not allocatable": "block0:\n i0: v0@r9",
		"R4 two values in a fixed register": "block0:\n i0: v0, v1\n i1: <- v0@r0, v1@r0",
		"R4 fixed register defined twice":   "block0:\n i0: v0@r0, v1@r0",
		"R5 constant parameter":             "constant v1\nblock0:\n i0: v0\n i1:\n -> block1(v0)\nblock1(v1):\n i2:",
		"R5 constant with operands":         "constant v1\nblock0:\n i0: v0\n i1: v1 <- v0",
		"R5 constant with clobbers":         "constant v0\nblock0:\n i0: v0 clobbers r1",
		"R6 terminator with operands":       "block0:\n i0: v0\n i1: <- v0\n -> block1\nblock1:\n i2:",
		"R6 terminator with clobbers":       "block0:\n i0: clobbers r0\n -> block1\nblock1:\n i1:",
		"R7 critical edge": `block0:
			i0: v0
			i1: <- v0
			-> block1
			-> block2
		block1:
			i2:
			-> block2
		block2:
			i3: <- v0`,
	} {
		err := Verify(parseFunction(t, head+text))
		rule, _, _ := strings.Cut(name, " ")
		if err == nil || !strings.Contains(err.Error(), "rule "+rule+":") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestVerifyTarget(t *testing.T) {
	class := func(change func(*ClassInfo)) *Target {
		c := ClassInfo{Name: "integer", Order: []PReg{0, 1}, SlotWords: 1}
		change(&c)
		return &Target{Classes: []ClassInfo{c}}
	}
	for name, target := range map[string]*Target{
		"none":                nil,
		"no classes":          {},
		"too many classes":    {Classes: make([]ClassInfo, maxClasses+1)},
		"no registers":        class(func(c *ClassInfo) { c.Order = nil }),
		"a register too many": class(func(c *ClassInfo) { c.Order = []PReg{64} }),
		"a register twice":    class(func(c *ClassInfo) { c.Order = []PReg{1, 1} }),
		"no slot":             class(func(c *ClassInfo) { c.SlotWords = 0 }),
	} {
		f := &Function{Target: target}
		f.StartBlock(false)
		f.Add(0)
		if err := Verify(f); err == nil || !strings.Contains(err.Error(), "rule R1:") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
