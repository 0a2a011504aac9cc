package ir

// A Cond is a relation between two operands of one type. U stands for unsigned, S for signed; addresses are compared
// unsigned.
type Cond uint8

// The relations.
const (
	NoCond Cond = iota
	Eq
	Ne
	ULT
	ULE
	UGT
	UGE
	SLT
	SLE
	SGT
	SGE
	condCount
)

// conds holds for each relation its name, its opposite, and the relation that holds when the operands are exchanged.
var conds = [condCount]struct {
	name              string
	negated, mirrored Cond
}{
	Eq:  {"eq", Ne, Eq},
	Ne:  {"ne", Eq, Ne},
	ULT: {"ult", UGE, UGT},
	ULE: {"ule", UGT, UGE},
	UGT: {"ugt", ULE, ULT},
	UGE: {"uge", ULT, ULE},
	SLT: {"slt", SGE, SGT},
	SLE: {"sle", SGT, SGE},
	SGT: {"sgt", SLE, SLT},
	SGE: {"sge", SLT, SLE},
}

// Valid reports whether c is a relation.
func (c Cond) Valid() bool { return c > NoCond && c < condCount }

// String returns the name of c in the text form.
func (c Cond) String() string {
	if !c.Valid() {
		return "none"
	}
	return conds[c].name
}

// Negate returns the relation that holds where c does not.
func (c Cond) Negate() Cond { return conds[c].negated }

// Mirror returns the relation r with: a r b where b c a.
func (c Cond) Mirror() Cond { return conds[c].mirrored }

// condByName returns the relation with the given name, or NoCond.
func condByName(name string) Cond {
	for c := Eq; c < condCount; c++ {
		if conds[c].name == name {
			return c
		}
	}
	return NoCond
}

// Holds reports whether a c b for two constants in canonical (sign-extended) form. Sign extension keeps the unsigned
// order of values of one width, so the width does not matter.
func (c Cond) Holds(a, b int64) bool {
	switch c {
	case Eq:
		return a == b
	case Ne:
		return a != b
	case ULT:
		return uint64(a) < uint64(b)
	case ULE:
		return uint64(a) <= uint64(b)
	case UGT:
		return uint64(a) > uint64(b)
	case UGE:
		return uint64(a) >= uint64(b)
	case SLT:
		return a < b
	case SLE:
		return a <= b
	case SGT:
		return a > b
	case SGE:
		return a >= b
	}
	panic("BUG: ir: no such relation")
}
