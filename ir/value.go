package ir

// A ValueID numbers the values of a function. IDs are unique but need not be dense.
type ValueID int32

// A Value is defined once: as the parameter of a block, or as a result of an instruction.
type Value struct {
	ID    ValueID
	Type  Type
	Def   *Inst  // the instruction that defines it; nil for a parameter
	Block *Block // the block whose parameter it is; nil for a result
}

// IsConst reports whether v is defined by a Const, and which.
func (v *Value) IsConst() (n int64, ok bool) {
	if v.Def != nil && v.Def.Op == Const {
		return v.Def.Imm, true
	}
	return 0, false
}

// DefBlock returns the block in which v is defined.
func (v *Value) DefBlock() *Block {
	if v.Def != nil {
		return v.Def.Block
	}
	return v.Block
}

// Place returns v as a constant distance in bytes from a pointer that is not itself a PtrAdd.
func (v *Value) Place() (root *Value, offset int64) {
	root = v
	for root.Def != nil && root.Def.Op == PtrAdd {
		offset += root.Def.Imm
		root = root.Def.Args[0]
	}
	return root, offset
}

// An Inst is an instruction. Which of its fields matter is told by the row of its op; the others are zero. What is looked
// at most comes first: in large functions, each look is one at memory that is not in the cache.
type Inst struct {
	Op      Op
	Cond    Cond
	Source  bool   // reads memory that native code does not write (see the package comment)
	Edges   []Edge // of a terminator
	Args    []*Value
	Results []*Value
	Imm     int64
	Block   *Block // the block it is in
	Symbol  string
	// Template is the text of a Template; see there.
	Template string
}

// An Edge goes from a terminator to a block and carries the arguments that become the parameters of that block.
type Edge struct {
	To   *Block
	Args []*Value
}

// Equal reports whether two edges lead to the same place with the same arguments.
func (e Edge) Equal(other Edge) bool {
	if e.To != other.To || len(e.Args) != len(other.Args) {
		return false
	}
	for n, a := range e.Args {
		if a != other.Args[n] {
			return false
		}
	}
	return true
}

// Result returns the only result of i.
func (i *Inst) Result() *Value {
	if len(i.Results) != 1 {
		panic("BUG: ir: " + i.Op.String() + " does not have one result")
	}
	return i.Results[0]
}

// Effects returns what i does beside computing its results.
func (i *Inst) Effects() Effects { return i.Op.Effects() }
