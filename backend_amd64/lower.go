package amd64

import (
	"fmt"
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// Linkage tells lowering what the names in IR stand for.
type Linkage interface {
	// Function returns the symbol of a native function of the same segment.
	Function(name string) (Symbol, bool)
	// Address returns the address of a permanent object.
	Address(name string) (uint64, bool)
}

// Routines are the symbols of the routines that every segment holds besides its functions; see routine.go.
type Routines struct {
	Fail, CopyBytes, SwapCopy16, SwapCopy32, SwapCopy64 Symbol
}

// Lowerer turns IR functions into machine code. It keeps its buffers from one function to the next; it must not
// be used by two goroutines at a time.
type Lowerer struct {
	Features Features
	Linkage  Linkage
	Routines Routines
	// Leaving names the functions that may leave for Go in their midst. They are called and return by jumps; see
	// emitLinkedCall.
	Leaving map[string]bool
	// Check has every allocation checked independently. It takes several times as long.
	Check bool

	allocator regalloc.Allocator
	view      regalloc.Function
}

// lowering is the work on one function.
type lowering struct {
	*Lowerer
	f      *ir.Func
	out    *Function // its list of instructions is written last
	steps  []step    // in the order of view.Instructions
	blocks []Label   // by ir.BlockID
	index  []int32   // by ir.BlockID: the block's place in the layout
	regs   []Reg     // by ir.ValueID: where the value is; NoReg for one that is not computed
	needed []bool    // by ir.ValueID: used other than as a part of another instruction
	tables []table32
	// next is the instruction behind the one being lowered, nil at the end of a block.
	next *ir.Inst
	// flags is the value whose being 0 the flags tell, as long as flagsAt is the number of steps.
	flags   *ir.Value
	flagsAt int
}

// step is what stands for one instruction of the allocator's view: a machine instruction, or a sequence that is
// written out when the registers are known.
type step struct {
	inst Inst
	// tied is what the first operand of inst holds before, where inst reads and writes it.
	tied Reg
	// expand writes the sequence; nil for a plain instruction.
	expand func(*finisher)
	// jump is where a step that only jumps goes to, if isJump.
	jump   Label
	isJump bool
	// operands of a sequence; those of a plain instruction stand in it.
	operands []regalloc.Operand
	clobbers regalloc.RegSet
}

// table32 is a jump table: 32-bit distances from its own label.
type table32 struct {
	label   Label
	targets []Label
}

// Lower returns the machine code of f, which must be verified and have no critical edges. A function that breaks
// these rules is a bug of the caller and panics.
func (l *Lowerer) Lower(f *ir.Func) (*Function, error) {
	w := &lowering{
		Lowerer: l, f: f, out: &Function{Name: f.Name},
		blocks: make([]Label, f.BlockIDs()), index: make([]int32, f.BlockIDs()),
		regs: make([]Reg, f.ValueIDs()),
	}
	for n, b := range f.Blocks {
		w.blocks[b.ID], w.index[b.ID] = w.out.NewLabel(), int32(n)
	}
	w.findNeeded()
	l.view.Reset(machine)
	for n, b := range f.Blocks {
		if err := w.block(n, b); err != nil {
			return nil, fmt.Errorf("amd64: %s, block b%d: %w", f.Name, b.ID, err)
		}
	}
	result, err := l.allocate()
	if err != nil {
		return nil, fmt.Errorf("amd64: %s: %w", f.Name, err)
	}
	w.finish(result)
	return w.out, nil
}

// allocate gives the virtual registers their places.
func (l *Lowerer) allocate() (*regalloc.Result, error) {
	if !l.Check {
		return l.allocator.Allocate(&l.view), nil
	}
	if err := regalloc.Verify(&l.view); err != nil {
		return nil, err
	}
	result := l.allocator.Allocate(&l.view)
	return result, regalloc.Check(&l.view, result)
}

// machine describes the processor to the allocator. Registers that need no prefix come first.
var machine = &regalloc.Target{
	Classes: []regalloc.ClassInfo{{
		Name: "general", SlotWords: 1, Swap: true,
		Order: order(RAX, RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14),
	}},
	RegisterNames: registerNames(),
}

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
		names = append(names, p.name(W64))
	}
	return names
}

// everyRegister is what does not survive a call or an exit.
var everyRegister = machine.Allocatable(0)

// argumentRegisters and resultRegisters are the calling convention of native functions.
var (
	argumentRegisters = convention(abi.AMD64Arguments())
	resultRegisters   = [2]PReg{PReg(abi.AMD64Results()[0]), PReg(abi.AMD64Results()[1])}
)

func convention(registers [6]abi.Register) (c [6]PReg) {
	for n, r := range registers {
		c[n] = PReg(r)
	}
	return c
}

// findNeeded notes which values have to be in a register. A constant distance from a pointer that only loads and
// stores use is a part of their addresses; a constant that only instructions with room for it use is a part of
// them.
func (w *lowering) findNeeded() {
	w.needed = make([]bool, w.f.ValueIDs())
	for _, b := range w.f.Blocks {
		for _, i := range b.Insts {
			for n, v := range i.Args {
				if !w.folds(i, n, v) {
					w.needed[v.ID] = true
				}
			}
			for _, e := range i.Edges {
				for _, v := range e.Args {
					w.needed[v.ID] = true
				}
			}
		}
	}
}

// folds says whether instruction i takes its nth argument v into itself.
func (w *lowering) folds(i *ir.Inst, n int, v *ir.Value) bool {
	if c, ok := v.IsConst(); ok {
		return foldsConstant(i, n, c)
	}
	if n == 0 && isAccess(i.Op) && v.Def != nil && v.Def.Op == ir.PtrAdd {
		_, _, ok := distanceFrom(v, i.Imm)
		return ok
	}
	return false
}

// distanceFrom returns the register value and the displacement that make up v + more: the constant distances that
// lead to v are joined while they fit.
func distanceFrom(v *ir.Value, more int64) (base *ir.Value, displacement int32, ok bool) {
	for v.Def != nil && v.Def.Op == ir.PtrAdd {
		more += v.Def.Imm
		v = v.Def.Args[0]
	}
	return v, int32(more), isInt32(more)
}

// block lowers the instructions of a block.
func (w *lowering) block(n int, b *ir.Block) error {
	var params []regalloc.VReg
	if n > 0 {
		for _, p := range b.Params {
			params = append(params, w.define(p))
		}
	}
	w.view.StartBlock(b.Cold, params...)
	if n == 0 {
		w.entry(b)
	}
	for at, i := range b.Insts {
		w.next = nil
		if at+1 < len(b.Insts) {
			w.next = b.Insts[at+1]
		}
		if err := w.instruction(i); err != nil {
			return fmt.Errorf("%v: %w", i.Op, err)
		}
	}
	for n, e := range b.Edges() {
		if leadsTo(b.Edges()[:n], e.To) {
			continue // it carries nothing, or it would be split: to the allocator it is the same edge
		}
		var arguments []regalloc.VReg
		for _, v := range e.Args {
			arguments = append(arguments, w.vreg(v))
		}
		w.view.AddEdge(int(w.index[e.To.ID]), arguments...)
	}
	return nil
}

func leadsTo(edges []ir.Edge, to *ir.Block) bool {
	return slices.ContainsFunc(edges, func(e ir.Edge) bool { return e.To == to })
}

// define gives an IR value a virtual register.
func (w *lowering) define(v *ir.Value) regalloc.VReg {
	r := w.temp()
	w.regs[v.ID] = r
	return virtual(r)
}

// temp returns another virtual register.
func (w *lowering) temp() Reg {
	w.view.NewValue(0)
	return w.out.NewVReg(General).Reg()
}

// virtual returns the allocator's name of a virtual register: both number them alike.
func virtual(r Reg) regalloc.VReg {
	v, ok := r.Virtual()
	if !ok {
		panic("BUG: amd64: not a virtual register")
	}
	return regalloc.VReg(v)
}

// reg returns the register that holds v.
func (w *lowering) reg(v *ir.Value) Reg {
	r := w.regs[v.ID]
	if r == NoReg {
		panic(fmt.Sprintf("BUG: amd64: %s: v%d is not in a register", w.f.Name, v.ID))
	}
	return r
}

func (w *lowering) vreg(v *ir.Value) regalloc.VReg { return virtual(w.reg(v)) }

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
	s := step{inst: Inst{Op: op, Width: width, Cond: c}, tied: tied}
	for place, o := range operands {
		*s.inst.operand(place) = o
	}
	var list [5]regalloc.Operand
	w.view.Add(0, s.registers(list[:0])...)
	w.steps = append(w.steps, s)
}

// sequence adds what is written out later.
func (w *lowering) sequence(clobbers regalloc.RegSet, expand func(*finisher), operands ...regalloc.Operand) {
	w.view.Add(clobbers, operands...)
	w.steps = append(w.steps, step{expand: expand, operands: operands, clobbers: clobbers})
}

// registers appends what the allocator has to know of the registers of a plain instruction, in the order in which
// finisher.place puts the physical ones in.
func (s *step) registers(list []regalloc.Operand) []regalloc.Operand {
	s.inst.Registers(func(o RegisterOperand) {
		v, ok := o.Reg.Virtual()
		if !ok {
			return
		}
		fixed, isFixed := o.Fixed.Physical()
		switch {
		case o.Role == Both:
			list = append(list, regalloc.Use(virtual(s.tied)))
			list = append(list, regalloc.DefTied(regalloc.VReg(v), len(list)-1))
		case o.Role == Def:
			list = append(list, regalloc.Def(regalloc.VReg(v)))
		case isFixed:
			list = append(list, regalloc.UseIn(regalloc.VReg(v), regalloc.PReg(fixed)))
		default:
			list = append(list, regalloc.Use(regalloc.VReg(v)))
		}
	})
	return list
}
