package regalloc

// SpillSlot numbers the 8-byte words of the function's spill area, from 0. A slot of several words is named by the
// first.
type SpillSlot uint32

// A Location is where an operand is: a register, a spill slot, or, as the zero value, nowhere.
type Location uint32

const slotFlag Location = 1 << 31

// Location returns the register as the location of an operand.
func (p PReg) Location() Location { return Location(p) + 1 }

func slotLocation(s SpillSlot) Location { return slotFlag | Location(s) }

// Register returns the register that l is, if it is one.
func (l Location) Register() (p PReg, ok bool) { return PReg(l - 1), l != 0 && l&slotFlag == 0 }

// Slot returns the spill slot that l is, if it is one.
func (l Location) Slot() (s SpillSlot, ok bool) { return SpillSlot(l &^ slotFlag), l&slotFlag != 0 }

// StepKind says what a step of the allocated code is.
type StepKind uint8

// The kinds of steps.
const (
	Original      StepKind = iota // Step.Instruction of the function, its operands at Result.Operands
	Move                          // register Step.From to register Step.To
	Swap                          // exchange registers Step.From and Step.To
	Save                          // register Step.From to slot Step.To
	Load                          // slot Step.From to register Step.To
	Rematerialise                 // Step.Instruction again, its result to register Step.To
)

// A Step is one instruction of the allocated code. No step but Original may change flags: the allocator puts the
// others anywhere, between a comparison and its branch too.
type Step struct {
	Kind        StepKind
	Class       Class
	Instruction int32 // with Original and Rematerialise
	From, To    Location
}

// A Result is the allocated code of a function. It belongs to the Allocator that made it and is overwritten by its
// next use.
type Result struct {
	Operands  []Location // the register of each of Function.Operands
	Steps     []Step
	Blocks    []Span // of Steps, by block, in layout order
	SlotWords int    // size of the spill area in 8-byte words
	Written   RegSet // every allocatable register that the code may change
}

// BlockSteps returns the steps of a block. The terminator is the last one.
func (r *Result) BlockSteps(b int) []Step { return r.Steps[r.Blocks[b].Start:r.Blocks[b].End] }
