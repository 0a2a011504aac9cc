package lower

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// A Selector chooses the machine instructions of a function, adding them to its View. All of an IR instruction are added
// to the block that was started last; those of a terminator end in one instruction that the control leaves by.
type Selector interface {
	// Entry defines the parameters of the function.
	Entry(params []*ir.Value)
	// Instruction adds what does the work of i. next is the instruction behind it, nil at the end of a block.
	Instruction(i, next *ir.Inst) error
}

// A Function is one function while it is lowered.
type Function struct {
	Source *ir.Func
	// View is what the allocator is told. The backend adds instructions and values to it.
	View *regalloc.Function

	indexes   []int32         // by ir.BlockID: the block's index in the layout
	registers []regalloc.VReg // by ir.ValueID; see Register
	needed    []bool          // by ir.ValueID
	through   []*ir.Block     // by ir.BlockID; see Target
	arguments []regalloc.VReg // of an edge
	edgeFrom  []int32         // by index of a block: that of the last one with an edge to it that was added, plus 1
}

// absent stands for the register of a value that has none.
const absent regalloc.VReg = 1<<32 - 1

// Reset begins with source, which must be verified and have no critical edges, in the memory of f, whatever it was used for. view
// is emptied for it. folds reports whether instruction i takes its nth argument v into itself, so that v need not be in a register
// for it.
func (f *Function) Reset(source *ir.Func, view *regalloc.Function, target *regalloc.Target, folds func(i *ir.Inst, n int, v *ir.Value) bool) {
	*f = Function{
		Source: source, View: view,
		indexes:   ir.Resize(f.indexes, source.BlockIDs()),
		registers: ir.Resize(f.registers, source.ValueIDs()),
		needed:    ir.Resize(f.needed, source.ValueIDs()),
		through:   ir.Resize(f.through, source.BlockIDs()),
		arguments: f.arguments,
		edgeFrom:  ir.Resize(f.edgeFrom, len(source.Blocks)),
	}
	for n := range f.registers {
		f.registers[n] = absent
	}
	for n, b := range source.Blocks {
		f.indexes[b.ID] = int32(n)
	}
	f.findNeeded(folds)
	view.Reset(target)
	f.reserve()
}

// reserve makes as much room in View as most functions take.
func (f *Function) reserve() {
	insts, edges, arguments := 0, 0, 0
	for _, b := range f.Source.Blocks {
		insts += len(b.Insts)
		for _, e := range b.Edges() {
			edges++
			arguments += len(e.Args)
		}
	}
	f.View.Reserve(len(f.Source.Blocks), edges, arguments, insts*6/5, insts*7/4, insts*2/3)
}

// Select goes through all blocks. An error names the block and the op.
func (f *Function) Select(s Selector) error {
	var params []regalloc.VReg
	for n, b := range f.Source.Blocks {
		params = params[:0]
		if n > 0 {
			for _, p := range b.Params {
				params = append(params, f.Define(p, 0))
			}
		}
		f.View.StartBlock(b.Cold, params...)
		if n == 0 {
			s.Entry(b.Params)
		}
		for at, i := range b.Insts {
			var next *ir.Inst
			if at+1 < len(b.Insts) {
				next = b.Insts[at+1]
			}
			if err := s.Instruction(i, next); err != nil {
				return fmt.Errorf("block b%d: %v: %w", b.ID, i.Op, err)
			}
		}
		f.addEdges(b)
	}
	return nil
}

// addEdges adds the edges of b for the allocator. Several edges to one block are one to it: they carry nothing, or they would
// have been split.
func (f *Function) addEdges(b *ir.Block) {
	from := f.indexes[b.ID] + 1
	for _, e := range b.Edges() {
		to := f.indexes[e.To.ID]
		if f.edgeFrom[to] == from {
			continue
		}
		f.edgeFrom[to] = from
		f.arguments = f.arguments[:0]
		for _, v := range e.Args {
			f.arguments = append(f.arguments, f.Register(v))
		}
		f.View.AddEdge(int(to), f.arguments...)
	}
}

// Define gives v a virtual register.
func (f *Function) Define(v *ir.Value, c regalloc.Class) regalloc.VReg {
	f.registers[v.ID] = f.View.NewValue(c)
	return f.registers[v.ID]
}

// DefineConstant gives v a virtual register that can be rematerialised; see [regalloc.Value].
func (f *Function) DefineConstant(v *ir.Value, c regalloc.Class) regalloc.VReg {
	f.registers[v.ID] = f.View.NewConstant(c)
	return f.registers[v.ID]
}

// Alias says that v is where other is: its bits are there, with any above them.
func (f *Function) Alias(v, other *ir.Value) { f.registers[v.ID] = f.Register(other) }

// Register returns the virtual register of v, which has been defined.
func (f *Function) Register(v *ir.Value) regalloc.VReg {
	r := f.registers[v.ID]
	if r == absent {
		panic(fmt.Sprintf("BUG: lower: %s: v%d is not in a register", f.Source.Name, v.ID))
	}
	return r
}

// Allocate gives the virtual registers of view their locations. With check, what it is asked and what comes out are
// verified, which takes several times as long.
func Allocate(a *regalloc.Allocator, view *regalloc.Function, check bool) (*regalloc.Result, error) {
	if !check {
		return a.Allocate(view), nil
	}
	if err := regalloc.Verify(view); err != nil {
		return nil, err
	}
	result := a.Allocate(view)
	return result, regalloc.Check(view, result)
}

// Linkage resolves the names in IR for lowering. S is the backend's symbol of a function.
type Linkage[S any] interface {
	// Function returns the symbol of a native function of the same segment.
	Function(name string) (S, bool)
	// Address returns the address of a permanent object.
	Address(name string) (uint64, bool)
}
