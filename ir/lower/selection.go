package lower

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// Settings say how functions of a segment are lowered.
type Settings struct {
	// Linkage resolves the names in IR.
	Linkage Linkage[Symbol]
	// Fail is the routine that leaves native code for good.
	Fail Symbol
	// Bulk holds the routines that do the bulk ops. Those of ops that no function has are not looked at.
	Bulk map[ir.Op]Symbol
	// Leaving names the functions that may leave for Go and come back. They are called and return by jumps, and not so that the
	// processor predicts their return: an exit is a return while calls are open, and these return after others have been made.
	Leaving map[string]bool
	// Check has every allocation checked independently. It takes several times as long.
	Check bool
}

// A Machine is what lowering has to know of a processor's registers.
type Machine struct {
	Registers  *regalloc.Target // one class, whose number is 0
	Convention *Convention
	// BulkPlaces are where routines of bulk ops take their arguments; their results are in the first of them.
	BulkPlaces []regalloc.PReg
}

// A Finisher writes what has no single instruction, when the registers are known.
type Finisher interface {
	Call(function Symbol, leaving bool)
	CallBulk(op ir.Op, routine Symbol)
	Leave(code abi.ExitCode)
	// JumpTo goes to a block, by no instruction if it follows anyway.
	JumpTo(b *ir.Block)
	Return()
	Fail()
}

// A Selection is a function whose machine instructions I are chosen, with the rules that are the same for all processors. F
// writes out its sequences.
type Selection[I any, P Instruction[I], F Finisher] struct {
	*Function
	Segment *Settings
	Machine *Machine
	Steps   *Steps[I, P, F]
	// Calls: the function calls a function or a routine, or exits.
	Calls bool
	// Next is the block that follows the one being written, nil behind the last.
	Next *ir.Block
}

// Virtual returns the allocator's name of a virtual register.
func Virtual(r regalloc.Reg) regalloc.VReg {
	v, ok := r.Virtual()
	if !ok {
		panic("BUG: lower: not a virtual register")
	}
	return v
}

// Reg returns the register that holds v.
func (s *Selection[I, P, F]) Reg(v *ir.Value) regalloc.Reg { return s.Register(v).Reg() }

// Result gives the single result of i a register.
func (s *Selection[I, P, F]) Result(i *ir.Inst) regalloc.Reg { return s.Define(i.Result(), 0).Reg() }

// Temp returns another virtual register.
func (s *Selection[I, P, F]) Temp() regalloc.Reg { return s.View.NewValue(0).Reg() }

// Sequence adds what is written out later.
func (s *Selection[I, P, F]) Sequence(clobbers regalloc.RegSet, expand func(F), operands ...regalloc.Operand) {
	s.Steps.Sequence(s.View, clobbers, expand, operands...)
}

// everyRegister is what does not survive a call or an exit.
func (s *Selection[I, P, F]) everyRegister() regalloc.RegSet {
	return s.Machine.Registers.Allocatable(0)
}

// Entry defines the parameters of the function, which arrive in the argument registers.
func (s *Selection[I, P, F]) Entry(params []*ir.Value) {
	s.Sequence(0, func(F) {}, s.Machine.Convention.Entry(s.Function, params)...)
}

// LowerCall lowers Call and SkipValue: arguments and results are in the registers of the convention; nothing else survives.
func (s *Selection[I, P, F]) LowerCall(i *ir.Inst) error {
	function, ok := s.Segment.Linkage.Function(i.Symbol)
	if !ok {
		return fmt.Errorf("no function is called %q", i.Symbol)
	}
	leaving := s.Segment.Leaving[i.Symbol]
	s.Calls = true
	s.Sequence(s.everyRegister(), func(f F) { f.Call(function, leaving) }, s.Machine.Convention.Call(s.Function, i)...)
	return nil
}

// LowerBulk lowers a bulk op: a call of a routine that keeps all registers but its own. No value is ever in a vector register.
func (s *Selection[I, P, F]) LowerBulk(i *ir.Inst, clobbers regalloc.RegSet) error {
	routine, ok := s.Segment.Bulk[i.Op]
	if !ok {
		return fmt.Errorf("no routine does %v", i.Op)
	}
	var operands []regalloc.Operand
	for n, v := range i.Args {
		operands = append(operands, regalloc.UseIn(s.Register(v), s.Machine.BulkPlaces[n]))
	}
	for n, v := range i.Results {
		operands = append(operands, regalloc.DefIn(s.Define(v, 0), s.Machine.BulkPlaces[n]))
	}
	op := i.Op
	s.Calls = true
	s.Sequence(clobbers&s.everyRegister(), func(f F) { f.CallBulk(op, routine) }, operands...)
	return nil
}

// Exit leaves for Go and comes back. Arguments and results are the backend's.
func (s *Selection[I, P, F]) Exit(code abi.ExitCode) {
	s.Calls = true
	s.Sequence(s.everyRegister(), func(f F) { f.Leave(code) })
}

// LowerJump lowers a Jump, and what is one.
func (s *Selection[I, P, F]) LowerJump(i *ir.Inst) {
	to := i.Edges[0].To
	s.Sequence(0, func(f F) { f.JumpTo(to) })
}

// Branch ends a block with two successors by a conditional jump, under the opposite condition if inverted is true; the one that
// follows is reached without a jump.
func (s *Selection[I, P, F]) Branch(i *ir.Inst, jump func(f F, inverted bool, to *ir.Block), operands ...regalloc.Operand) {
	yes, no := i.Edges[0].To, i.Edges[1].To
	s.Sequence(0, func(f F) {
		taken, inverted, then := Ways(s.Target(yes), s.Target(no), s.Next)
		jump(f, inverted, taken)
		if then != nil {
			f.JumpTo(then)
		}
	}, operands...)
}

// LowerReturn lowers a Return.
func (s *Selection[I, P, F]) LowerReturn(i *ir.Inst) {
	s.Sequence(0, func(f F) { f.Return() }, s.Machine.Convention.Return(s.Function, i.Args)...)
}

// LowerFail lowers a Fail.
func (s *Selection[I, P, F]) LowerFail(*ir.Inst) { s.Sequence(0, func(f F) { f.Fail() }) }
