package interp

import (
	"errors"
	"fmt"

	"github.com/tagwire/tagwire/ir"
)

// A Machine is what a run sees of the world. The zero value has no memory and serves nothing.
type Machine struct {
	Memory  Memory
	Frame   []uint64            // the word at offset 8*n is Frame[n]
	Funcs   map[string]*ir.Func // for Call
	Symbols map[string]uint64   // for Address

	// Exit serves an exit; it may change memory and the Frame, and returns as many results as the Exit has. An error
	// ends the run with Fail, as the driver does.
	Exit func(code int64, args []uint64, results int) ([]uint64, error)

	// Skip is the meaning of SkipValue for the named format. It returns the address behind the value, or an error, which
	// is a failure.
	Skip func(format string, src, end uint64, kind uint32, depth int64) (uint64, error)

	MaxSteps int // instructions a run may take; 0 means a million

	// Executed counts the instructions by op.
	Executed [ir.OpCount]int

	steps int
	depth int
}

// An Outcome is how a run ended.
type Outcome struct {
	Failed  bool
	Results []uint64 // zero-extended; nil if failed
}

// A fault is what must not happen: native code would crash or corrupt memory.
type fault string

// failed is thrown to leave all calls at once.
type failed struct{}

// ErrSteps says that a run took more than MaxSteps.
var ErrSteps = errors.New("interp: too many steps")

// Run runs f. Arguments are zero-extended. An error is a fault of the function.
func (m *Machine) Run(f *ir.Func, args ...uint64) (outcome Outcome, err error) {
	if len(args) != len(f.Params()) {
		return Outcome{}, fmt.Errorf("interp: @%s takes %d arguments, not %d", f.Name, len(f.Params()), len(args))
	}
	m.steps, m.depth = 0, 0
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case failed:
			outcome, err = Outcome{Failed: true}, nil
		case fault:
			outcome, err = Outcome{}, fmt.Errorf("interp: @%s: %s", f.Name, string(thrown))
		case error:
			if !errors.Is(thrown, ErrSteps) {
				panic(thrown)
			}
			outcome, err = Outcome{}, thrown
		default:
			panic(thrown)
		}
	}()
	return Outcome{Results: m.call(f, args)}, nil
}

// An activation is one call of a function.
type activation struct {
	*Machine
	f       *ir.Func
	values  []uint64 // by ID, zero-extended from the width of the type
	next    *ir.Edge // that the terminator has chosen; nil: the function returns
	results []uint64
}

const (
	defaultSteps = 1_000_000
	maxDepth     = 1000
)

func (m *Machine) call(f *ir.Func, args []uint64) []uint64 {
	if m.depth++; m.depth > maxDepth {
		panic(fault("calls nest too deeply"))
	}
	defer func() { m.depth-- }()
	a := &activation{Machine: m, f: f, values: make([]uint64, f.ValueIDs())}
	for n, p := range f.Params() {
		a.set(p, args[n])
	}
	block := f.Entry()
	for {
		for _, i := range block.Insts {
			a.count(i)
			a.step(i)
		}
		if a.next == nil {
			return a.results
		}
		block = a.follow()
	}
}

func (a *activation) count(i *ir.Inst) {
	limit := a.MaxSteps
	if limit == 0 {
		limit = defaultSteps
	}
	if a.steps++; a.steps > limit {
		panic(ErrSteps)
	}
	a.Executed[i.Op]++
}

// follow goes along the chosen edge: all arguments are read before a parameter is written.
func (a *activation) follow() *ir.Block {
	e := a.next
	args := make([]uint64, len(e.Args))
	for n, v := range e.Args {
		args[n] = a.get(v)
	}
	for n, p := range e.To.Params {
		a.set(p, args[n])
	}
	return e.To
}

// get returns a value, zero-extended.
func (a *activation) get(v *ir.Value) uint64 { return a.values[v.ID] }

// signed returns a value, sign-extended.
func (a *activation) signed(v *ir.Value) int64 { return extend(v.Type.Bits(), a.get(v)) }

// set gives a value, of which the low bits count.
func (a *activation) set(v *ir.Value, n uint64) { a.values[v.ID] = cut(v.Type.Bits(), n) }

// cut keeps the low bits.
func cut(bits int, n uint64) uint64 { return n << (64 - bits) >> (64 - bits) }

// extend copies the sign, the uppermost of the low bits, upward.
func extend(bits int, n uint64) int64 { return int64(n<<(64-bits)) >> (64 - bits) }
