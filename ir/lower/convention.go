package lower

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// A Convention is the registers in which native functions get their arguments and give their results, in order. The
// allocator moves values there, all at once.
type Convention struct {
	Arguments, Results []regalloc.PReg
}

// NewConvention returns the convention of the given registers, whose numbers are those of the backend.
func NewConvention(arguments, results []abi.Register) *Convention {
	convert := func(registers []abi.Register) (list []regalloc.PReg) {
		for _, r := range registers {
			list = append(list, regalloc.PReg(r))
		}
		return list
	}
	return &Convention{convert(arguments), convert(results)}
}

// Entry defines the parameters of f where they arrive, and returns the operands of the instruction that does so.
func (c *Convention) Entry(f *Function, params []*ir.Value) []regalloc.Operand {
	var operands []regalloc.Operand
	for n, p := range params {
		operands = append(operands, regalloc.DefIn(f.Define(p, 0), c.Arguments[n]))
	}
	return operands
}

// Call returns the operands of a call with the arguments and the results of i, which it defines.
func (c *Convention) Call(f *Function, i *ir.Inst) []regalloc.Operand {
	var operands []regalloc.Operand
	for n, v := range i.Args {
		operands = append(operands, regalloc.UseIn(f.Register(v), c.Arguments[n]))
	}
	for n, v := range i.Results {
		operands = append(operands, regalloc.DefIn(f.Define(v, 0), c.Results[n]))
	}
	return operands
}

// Return returns the operands of a return of values.
func (c *Convention) Return(f *Function, values []*ir.Value) []regalloc.Operand {
	var operands []regalloc.Operand
	for n, v := range values {
		operands = append(operands, regalloc.UseIn(f.Register(v), c.Results[n]))
	}
	return operands
}
