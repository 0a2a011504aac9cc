package regalloc

import (
	"slices"
	"testing"
)

// A mutation damages a result at one place. It returns false if it does not apply there.
type mutation struct {
	name   string
	mutate func(g *mutant, at int) bool
}

// A mutant is a copy of a result that may be damaged.
type mutant struct {
	f *Function
	r Result
}

func newMutant(f *Function, r *Result) *mutant {
	return &mutant{f, Result{
		Operands:  slices.Clone(r.Operands),
		Steps:     slices.Clone(r.Steps),
		Blocks:    slices.Clone(r.Blocks),
		SlotWords: r.SlotWords,
		Written:   f.Target.allRegisters(),
	}}
}

// other returns another location of the same sort.
func (g *mutant) other(l Location, c Class) Location {
	if p, ok := l.Register(); ok {
		order := g.f.Target.Classes[c].Order
		return order[(slices.Index(order, p)+1)%len(order)].Location()
	}
	slot, _ := l.Slot()
	places := g.r.SlotWords - g.f.Target.Classes[c].SlotWords + 1
	return slotLocation(SpillSlot((int(slot) + 1) % places))
}

func (g *mutant) added(at int) (*Step, bool) {
	s := &g.r.Steps[at%len(g.r.Steps)]
	return s, s.Kind != Original
}

var mutations = []mutation{
	{"drop a step", func(g *mutant, at int) bool {
		s, ok := g.added(at)
		if ok {
			*s = Step{Kind: Move, Class: 0, From: PReg(0).Location(), To: PReg(0).Location()}
		}
		return ok
	}},
	{"read from elsewhere", func(g *mutant, at int) bool {
		s, ok := g.added(at)
		if ok && s.Kind != Rematerialise {
			s.From = g.other(s.From, s.Class)
		}
		return ok && s.Kind != Rematerialise
	}},
	{"write elsewhere", func(g *mutant, at int) bool {
		s, ok := g.added(at)
		if ok {
			s.To = g.other(s.To, s.Class)
		}
		return ok
	}},
	{"exchange two steps", func(g *mutant, at int) bool {
		s, ok := g.added(at)
		next, ok2 := g.added(at + 1)
		*s, *next = *next, *s
		return ok && ok2
	}},
	{"another operand", func(g *mutant, at int) bool {
		k := at % len(g.r.Operands)
		l := &g.r.Operands[k]
		if *l == 0 {
			return false // of a constant that is not defined where it stands
		}
		*l = g.other(*l, g.f.class(g.f.Operands[k].Reg))
		return true
	}},
	{"another constant", func(g *mutant, at int) bool {
		s, ok := g.added(at)
		if !ok || s.Kind != Rematerialise {
			return false
		}
		for i := range g.f.Instructions {
			operands := g.f.instructionOperands(int32(i))
			if int32(i) != s.Instruction && len(operands) == 1 && g.f.Values[operands[0].Reg].Rematerialise {
				s.Instruction = int32(i)
				return true
			}
		}
		return false
	}},
}

// TestCheckCatchesMutants damages results. Whenever the damaged code then does something else, the checker must object;
// and each kind of damage must be seen to do so.
func TestCheckCatchesMutants(t *testing.T) {
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			harmful := 0
			for seed := range uint64(60) {
				f := generate(seeded(seed), 30)
				r := new(Allocator).Allocate(f)
				for at := int(seed); at < len(r.Steps); at += 3 {
					g := newMutant(f, r)
					if !m.mutate(g, at) {
						continue
					}
					objection := Check(f, &g.r)
					differs := execute(f, 1) != executeAllocated(f, &g.r, 1) || execute(f, 2) != executeAllocated(f, &g.r, 2)
					if differs {
						harmful++
					}
					if differs && objection == nil {
						t.Fatalf("seed %d: damage at %d passes the checker\n%s\n%s\n%s", seed, at, f, r.Format(f), g.r.Format(f))
					}
				}
			}
			if harmful < 10 {
				t.Errorf("only %d mutants did something else", harmful)
			}
		})
	}
}

// TestCheckStatic has results that break a rule without doing anything wrong when executed.
func TestCheckStatic(t *testing.T) {
	f := parseFunction(t, `
		target 5 1
		block0:
			i0: v0@r0, v1@r1
			i1: v2=1, v3! <- v0, v1 clobbers r3
			i2: <- v2, v3, v1
			i3:
			-> block1
		block1:
			i4: clobbers all
			i5: <- v0`)
	if err := Verify(f); err == nil {
		t.Fatal("a tie to operand 1, a definition, passes")
	}
	f.Operands[2].Tied = 2
	good := allocateChecked(t, f)
	for name, damage := range map[string]func(r *Result){
		"a fixed definition":       func(r *Result) { r.Operands[0], r.Operands[1] = r.Operands[1], r.Operands[0] },
		"a missing location":       func(r *Result) { r.Operands[4] = 0 },
		"a slot for a register":    func(r *Result) { r.Operands[4] = slotLocation(0) },
		"a tie":                    func(r *Result) { r.Operands[2] = r.Operands[5] },
		"an early definition":      func(r *Result) { r.Operands[3] = r.Operands[5] },
		"another class":            func(r *Result) { r.Operands[4] = PReg(32).Location() },
		"an instruction missing":   func(r *Result) { r.Blocks[1].Start++; r.Blocks[0].End++ },
		"a step behind the end":    func(r *Result) { r.Blocks[1].End--; r.Steps[len(r.Steps)-1].Kind = Swap },
		"registers not declared":   func(r *Result) { r.Written = 0 },
		"a slot that is not there": func(r *Result) { r.SlotWords = 0 },
		"another function":         func(r *Result) { r.Operands = r.Operands[1:] },
	} {
		g := newMutant(f, good)
		g.r.Written = good.Written
		damage(&g.r)
		if Check(f, &g.r) == nil {
			t.Errorf("%s: the checker does not object\n%s", name, g.r.Format(f))
		}
	}
}
