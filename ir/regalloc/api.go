package regalloc

import "github.com/tagwire/tagwire/ir"

// Class is a kind of register: an index into Target.Classes. Values of different classes never share registers.
type Class uint8

// maxClasses is the number of classes that a target may have.
const maxClasses = 4

// ClassInfo describes one class of registers.
type ClassInfo struct {
	Name      string
	Order     []PReg // the registers to allocate, most wanted first
	SlotWords int    // size of a spill slot in 8-byte words, at least 1
	Swap      bool   // whether the target can exchange two registers of the class in one instruction
}

// A Target describes a machine. It is never changed, so functions may share one.
type Target struct {
	Classes       []ClassInfo
	RegisterNames []string // by PReg, for dumps; may be nil
}

// Allocatable returns the registers of the class.
func (t *Target) Allocatable(c Class) RegSet { return Regs(t.Classes[c].Order...) }

// A Function is what the allocator has to know of a machine function. Build it with the methods below. Reset makes
// it empty, to be used again without new memory.
type Function struct {
	Target       *Target
	Blocks       []Block // in layout order; the first is the entry
	Instructions []Instruction
	Operands     []Operand
	Edges        []Edge
	Arguments    []VReg // of edges
	Params       []VReg // of blocks
	Values       []Value
}

// A Value is what is known of one virtual register.
type Value struct {
	Class Class
	// Rematerialise says that the instruction that defines the value can be repeated anywhere instead of saving the
	// value. It has no other operand, clobbers nothing, not even flags, and always gives the same result.
	Rematerialise bool
}

// A Span is a range of indices, End excluded.
type Span struct{ Start, End int32 }

// Len returns the number of indices in the span.
func (s Span) Len() int { return int(s.End - s.Start) }

// A Block is a run of instructions whose last one is the terminator.
type Block struct {
	Instructions Span // of Function.Instructions
	Edges        Span // of Function.Edges: where the terminator leads
	Params       Span // of Function.Params
	Cold         bool // seldom run: moves and spills are better put here than in other blocks
}

// An Edge leads from the terminator of a block to another block, bringing an argument for each of its parameters.
type Edge struct {
	To        int32 // index of the block
	Arguments Span  // of Function.Arguments
}

// An Instruction of the machine function. Its index is the backend's key to what it stands for.
type Instruction struct {
	Operands Span // of Function.Operands
	// Clobbers are the registers that hold nothing useful after the instruction, besides what it defines. They are
	// intact while it reads its operands. A call or an exit clobbers every allocatable register.
	Clobbers RegSet
}

// Role says what an instruction does with an operand.
type Role uint8

// The roles.
const (
	UseRole      Role = iota // read before anything is written
	DefRole                  // written after everything has been read
	EarlyDefRole             // written while operands are still being read: it shares no register with them
)

// Constraint says where an operand may be.
type Constraint uint8

// The constraints.
const (
	InRegister Constraint = iota // in any register of its class
	InFixed                      // in the register Operand.Fixed
	TiedToUse                    // definition only: in the register of the use at index Operand.Tied of the instruction
	constraintCount
)

// An Operand is one virtual register in one instruction. Make them with Use, Def and the other constructors below.
type Operand struct {
	Reg        VReg
	Role       Role
	Constraint Constraint
	Fixed      PReg  // with InFixed
	Tied       uint8 // with TiedToUse
}

// Use reads v from any register.
func Use(v VReg) Operand { return Operand{Reg: v} }

// UseIn reads v from the register p.
func UseIn(v VReg, p PReg) Operand { return Operand{Reg: v, Constraint: InFixed, Fixed: p} }

// Def writes v to any register; it may be one that the instruction reads.
func Def(v VReg) Operand { return Operand{Reg: v, Role: DefRole} }

// DefEarly writes v to a register that the instruction does not read.
func DefEarly(v VReg) Operand { return Operand{Reg: v, Role: EarlyDefRole} }

// DefIn writes v to the register p.
func DefIn(v VReg, p PReg) Operand {
	return Operand{Reg: v, Role: DefRole, Constraint: InFixed, Fixed: p}
}

// DefTied writes v to the register of the use at index use among the operands of the instruction.
func DefTied(v VReg, use int) Operand {
	return Operand{Reg: v, Role: DefRole, Constraint: TiedToUse, Tied: uint8(use)}
}

// Reset makes f an empty function for the target.
func (f *Function) Reset(t *Target) {
	*f = Function{
		Target:       t,
		Blocks:       f.Blocks[:0],
		Instructions: f.Instructions[:0],
		Operands:     f.Operands[:0],
		Edges:        f.Edges[:0],
		Arguments:    f.Arguments[:0],
		Params:       f.Params[:0],
		Values:       f.Values[:0],
	}
}

// Reserve makes room in f, which is empty, for a number of each, so that it need not grow step by step. More can be added.
func (f *Function) Reserve(blocks, edges, arguments, instructions, operands, values int) {
	f.Blocks = ir.Grow(f.Blocks, blocks)
	f.Edges = ir.Grow(f.Edges, edges)
	f.Arguments = ir.Grow(f.Arguments, arguments)
	f.Instructions = ir.Grow(f.Instructions, instructions)
	f.Operands = ir.Grow(f.Operands, operands)
	f.Values = ir.Grow(f.Values, values)
}

// NewValue adds a virtual register.
func (f *Function) NewValue(c Class) VReg {
	f.Values = append(ir.Grow(f.Values, 1), Value{Class: c})
	return VReg(len(f.Values) - 1)
}

// NewConstant adds a virtual register that can be rematerialised.
func (f *Function) NewConstant(c Class) VReg {
	f.Values = append(ir.Grow(f.Values, 1), Value{Class: c, Rematerialise: true})
	return VReg(len(f.Values) - 1)
}

// StartBlock adds a block, to which Add and AddEdge then add until the next one starts, and returns its index.
func (f *Function) StartBlock(cold bool, params ...VReg) int {
	first := int32(len(f.Params))
	f.Params = append(ir.Grow(f.Params, len(params)), params...)
	instructions, edges := int32(len(f.Instructions)), int32(len(f.Edges))
	f.Blocks = append(ir.Grow(f.Blocks, 1), Block{
		Instructions: Span{instructions, instructions},
		Edges:        Span{edges, edges},
		Params:       Span{first, int32(len(f.Params))},
		Cold:         cold,
	})
	return len(f.Blocks) - 1
}

// Add adds an instruction to the last block and returns its index.
func (f *Function) Add(clobbers RegSet, operands ...Operand) int {
	first := int32(len(f.Operands))
	f.Operands = append(ir.Grow(f.Operands, len(operands)), operands...)
	f.Instructions = append(ir.Grow(f.Instructions, 1), Instruction{Span{first, int32(len(f.Operands))}, clobbers})
	f.Blocks[len(f.Blocks)-1].Instructions.End = int32(len(f.Instructions))
	return len(f.Instructions) - 1
}

// AddEdge adds an edge from the last block.
func (f *Function) AddEdge(to int, arguments ...VReg) {
	first := int32(len(f.Arguments))
	f.Arguments = append(ir.Grow(f.Arguments, len(arguments)), arguments...)
	f.Edges = append(ir.Grow(f.Edges, 1), Edge{int32(to), Span{first, int32(len(f.Arguments))}})
	f.Blocks[len(f.Blocks)-1].Edges.End = int32(len(f.Edges))
}

// instructionOperands returns the operands of an instruction.
func (f *Function) instructionOperands(i int32) []Operand {
	s := f.Instructions[i].Operands
	return f.Operands[s.Start:s.End]
}

// edges returns the edges that leave a block.
func (f *Function) edges(b int32) []Edge {
	s := f.Blocks[b].Edges
	return f.Edges[s.Start:s.End]
}

// arguments returns the arguments that an edge brings.
func (f *Function) arguments(e *Edge) []VReg {
	return f.Arguments[e.Arguments.Start:e.Arguments.End]
}

// params returns the parameters of a block.
func (f *Function) params(b int32) []VReg {
	s := f.Blocks[b].Params
	return f.Params[s.Start:s.End]
}

// class returns the class of a virtual register.
func (f *Function) class(v VReg) Class { return f.Values[v].Class }
