package amd64

import (
	"fmt"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// Lowerer turns IR functions into machine code. It keeps its buffers from one function to the next; it must not
// be used by two goroutines at a time.
type Lowerer struct {
	Features Features
	lower.Settings
	// Take, if not nil, takes what a function holds, again and again while it is written. Its list of instructions is emptied
	// then, so that Lower returns only the rest.
	Take func(*Function) error

	allocator regalloc.Allocator
	view      regalloc.Function
	function  lower.Function
	steps     lower.Steps[Inst, *Inst, *finisher]
	insts     []Inst // the list of a function that was taken
}

// selection is the part of the work that is the same for all processors.
type selection = lower.Selection[Inst, *Inst, *finisher]

// lowering is the work on one function.
type lowering struct {
	*Lowerer
	selection
	out    *Function // its list of instructions is written last
	blocks []Label   // by ir.BlockID
	tables []table32
	// next is the instruction behind the one being lowered, nil at the end of a block.
	next *ir.Inst
	// flags is the value that the processor's flags compare with 0, as long as flagsAt is the number of steps.
	flags   *ir.Value
	flagsAt int
}

// table32 is a jump table: 32-bit distances from its own label.
type table32 struct {
	label   Label
	targets []*ir.Block
}

// Lower returns the machine code of f, which must be verified and have no critical edges. A function that breaks
// these rules is a bug of the caller and panics.
func (l *Lowerer) Lower(f *ir.Func) (*Function, error) {
	l.function.Reset(f, &l.view, machine.Registers, l.folds)
	w := &lowering{Lowerer: l, out: NewFunction(f.Name), blocks: make([]Label, f.BlockIDs())}
	w.selection = selection{Function: &l.function, Segment: &l.Settings, Machine: machine, Steps: &l.steps}
	if l.Take != nil {
		w.out.Insts = l.insts[:0]
	}
	for _, b := range f.Blocks {
		w.blocks[b.ID] = w.out.NewLabel()
	}
	l.steps.Reset()
	if err := w.Select(w); err != nil {
		return nil, fmt.Errorf("amd64: %s, %w", f.Name, err)
	}
	result, err := lower.Allocate(&l.allocator, &l.view, l.Check)
	if err != nil {
		return nil, fmt.Errorf("amd64: %s: %w", f.Name, err)
	}
	if err := w.finish(result); err != nil {
		return nil, err
	}
	if l.Take != nil {
		l.insts = w.out.Insts // for the next function, which begins when this one has been used
	}
	return w.out, nil
}

// machine describes the processor to the allocator. Registers that need no prefix come first.
var machine = func() *lower.Machine {
	arguments, results := abi.AMD64Arguments(), abi.AMD64Results()
	return &lower.Machine{
		Registers: &regalloc.Target{
			Classes: []regalloc.ClassInfo{{
				Name: "general", SlotWords: 1, Swap: true,
				Order: order(RAX, RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14),
			}},
			RegisterNames: registerNames(),
		},
		Convention: lower.NewConvention(arguments[:], results[:]),
		BulkPlaces: order(bulkTo, bulkFrom, bulkCount, varintEnd),
	}
}()

func order(registers ...PReg) []regalloc.PReg {
	var o []regalloc.PReg
	for _, p := range registers {
		o = append(o, regalloc.PReg(p))
	}
	return o
}

func registerNames() []string {
	var names []string
	for p := RAX; p < X0; p++ {
		names = append(names, p.String())
	}
	return names
}

// folds reports whether instruction i takes its nth argument v into itself: a constant where there is room for it, a constant
// distance from a pointer as a part of an address, and what BMI1 has an instruction for.
func (l *Lowerer) folds(i *ir.Inst, n int, v *ir.Value) bool {
	if c, ok := v.IsConst(); ok {
		return foldsConstant(i, n, c)
	}
	if i.Op.Info().Template != ir.NoTemplate {
		return foldsPlace(i, n, v)
	}
	if _, _, index, ok := l.combines(i); ok {
		return n == index
	}
	if n == 0 && lower.Accesses(i.Op) && v.Def != nil && v.Def.Op == ir.PtrAdd {
		_, _, ok := distanceFrom(v, i.Imm)
		return ok
	}
	return false
}

// distanceFrom returns the register value and the displacement that make up v + more, if that fits.
func distanceFrom(v *ir.Value, more int64) (base *ir.Value, displacement int32, ok bool) {
	base, distance := v.Place()
	return base, int32(distance + more), fitsInt32(distance + more)
}

// emit adds a plain instruction whose operands are all read or all written, by their roles.
func (w *lowering) emit(op Op, width Width, operands ...Operand) {
	w.emitCond(op, 0, width, operands...)
}

func (w *lowering) emitCond(op Op, c Cond, width Width, operands ...Operand) {
	w.plain(op, c, width, NoReg, operands...)
}

// emitTied adds an instruction that changes its first operand: result is that operand afterwards, before what it
// holds first.
func (w *lowering) emitTied(op Op, width Width, result, before Reg, more ...Operand) {
	w.plain(op, 0, width, before, append([]Operand{RegOperand(result)}, more...)...)
}

func (w *lowering) plain(op Op, c Cond, width Width, tied Reg, operands ...Operand) {
	w.Steps.Next().Set(op, c, width, operands...)
	w.Steps.Add(w.View, tied)
}
