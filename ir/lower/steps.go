package lower

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// Role says what a machine instruction does with a register operand.
type Role uint8

// The roles. The registers of a memory operand are always used, whatever the operand's role.
const (
	Use  Role        = 1 << iota // read
	Def                          // written, without regard to what it held
	Both = Use | Def             // read, then written: the result takes the operand's register
)

// RegisterOperand is one register that a machine instruction names.
type RegisterOperand struct {
	Reg   *regalloc.Reg // within the instruction: allocation writes the physical register here
	Role  Role
	Class regalloc.Class
	Fixed regalloc.Reg // the only register allowed here; NoReg: any of the class
}

// An Instruction is a machine instruction I, as far as the allocator has to know it.
type Instruction[I any] interface {
	*I
	// Registers appends the registers that the instruction names to a list. A register named twice is there twice.
	Registers(list []RegisterOperand) []RegisterOperand
}

// Steps are what stands for the instructions of a function's View, in its order: machine instructions I, and sequences that a
// W writes out when the registers are known.
type Steps[I any, P Instruction[I], W any] struct {
	list ir.Chunks[step[I, W]]
	// named and operands are of one instruction; each takes their memory again.
	named    []RegisterOperand
	operands []regalloc.Operand
}

type step[I, W any] struct {
	inst I
	// expand writes the sequence; nil for a plain instruction.
	expand func(W)
}

// Reset empties the list.
func (s *Steps[I, P, W]) Reset() { s.list.Reset() }

// Len returns the number of steps.
func (s *Steps[I, P, W]) Len() int { return s.list.Len() }

// Instruction returns the machine instruction that was added under a number, with the registers it had then. It is not to be
// changed.
func (s *Steps[I, P, W]) Instruction(n int) *I { return &s.list.At(n).inst }

// Next appends a machine instruction that is zero, to be filled in. Add has to follow.
func (s *Steps[I, P, W]) Next() *I {
	next := s.list.Next()
	*next = step[I, W]{}
	return &next.inst
}

// Add adds the instruction of Next to the View. tied is what its operand that is read and written holds before, NoReg if there
// is none: the operand itself is what it holds afterwards.
func (s *Steps[I, P, W]) Add(view *regalloc.Function, tied regalloc.Reg) {
	s.named = P(&s.list.At(s.list.Len() - 1).inst).Registers(s.named[:0])
	list := s.operands[:0]
	for _, o := range s.named {
		v, ok := o.Reg.Virtual()
		if !ok {
			continue
		}
		fixed, isFixed := o.Fixed.Physical()
		switch {
		case o.Role == Both:
			before, ok := tied.Virtual()
			if !ok {
				panic("BUG: lower: an operand that is changed holds nothing before")
			}
			list = append(list, regalloc.Use(before))
			list = append(list, regalloc.DefTied(v, len(list)-1))
		case o.Role == Def:
			list = append(list, regalloc.Def(v))
		case isFixed:
			list = append(list, regalloc.UseIn(v, fixed))
		default:
			list = append(list, regalloc.Use(v))
		}
	}
	s.operands = list
	view.Add(0, list...)
}

// Sequence adds what expand writes out later.
func (s *Steps[I, P, W]) Sequence(view *regalloc.Function, clobbers regalloc.RegSet, expand func(W), operands ...regalloc.Operand) {
	view.Add(clobbers, operands...)
	*s.list.Next() = step[I, W]{expand: expand}
}

// Expand writes out the nth step if it is a sequence, and reports whether it is one.
func (s *Steps[I, P, W]) Expand(n int, w W) bool {
	expand := s.list.At(n).expand
	if expand != nil {
		expand(w)
	}
	return expand != nil
}

// PutRegisters puts the registers that the operands of a step have been given into i, a copy of its instruction.
func (s *Steps[I, P, W]) PutRegisters(i *I, where []regalloc.Location) {
	s.named = P(i).Registers(s.named[:0])
	n := 0
	for _, o := range s.named {
		if _, ok := o.Reg.Virtual(); !ok {
			continue
		}
		if o.Role == Both {
			n++ // the use that the definition is tied to
		}
		*o.Reg = Physical(where[n]).Reg()
		n++
	}
}
