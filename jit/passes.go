package jit

import "github.com/tagwire/tagwire/ir"

// A pass is a row of the pass table.
type pass struct {
	name string
	run  func(*ir.Func)
	// required passes give something that backends need; the others only make code better, and results are the same
	// without them.
	required bool
	// gives says what holds after it.
	gives string
}

// passTable has the passes in the order in which they run. passOrders says why it is this order.
var passTable = []pass{
	{name: "fold", run: ir.FoldConstants,
		gives: "what is known is computed; loads and stores name the pointer that they are a constant distance from"},
	{name: "join", run: ir.JoinBlocks,
		gives: "one block where control flows straight"},
	{name: "common", run: ir.MergeCommon,
		gives: "equal values are one value"},
	{name: "bounds", run: ir.MergeBoundsChecks,
		gives: "one check of room per run"},
	{name: "words", run: ir.MergeWords,
		gives: "small values are written together with the constants around them"},
	{name: "tags", run: ir.MergeTags,
		gives: "neighbouring constants are written by wide stores"},
	{name: "dead", run: ir.EliminateDeadCode,
		gives: "every value is used"},
	{name: "split", run: ir.SplitCriticalEdges, required: true,
		gives: "every edge has a place for moves"},
	{name: "layout", run: ir.LayoutBlocks,
		gives: "blocks stand in the order of their code, cold ones last"},
}

// A passOrder says that one pass runs before another, and why.
type passOrder struct{ before, after, because string }

// passOrders holds each order that matters. A test checks the table against it.
var passOrders = []passOrder{
	{"fold", "join", "a branch whose way is known becomes a jump, which join follows"},
	{"fold", "common", "distances from one pointer are comparable only when they name that pointer"},
	{"fold", "bounds", "checks of one run are recognised by the pointer that their cursors are based on"},
	{"fold", "tags", "stores into one object are recognised by their pointer"},
	{"join", "bounds", "fewer, longer runs"},
	{"join", "tags", "it looks at one block at a time"},
	{"common", "bounds", "checks for one length are recognised by its being one value"},
	{"bounds", "tags", "a check between two stores keeps them apart"},
	{"fold", "words", "stores into one object are recognised by their pointer"},
	{"join", "words", "it looks at one block at a time"},
	{"bounds", "words", "a check between two stores keeps them apart"},
	{"words", "tags", "what wide stores of constants write over must be stored later, and by whom is settled then"},
	{"words", "dead", "the loads and constants of narrow stores are no longer used"},
	{"fold", "dead", "folded values leave their operands unused"},
	{"tags", "dead", "the constants of narrow stores are no longer used"},
	{"dead", "split", "parameters that nobody uses need no moves"},
	{"join", "split", "join would undo the blocks that split puts on edges"},
	{"split", "layout", "the new blocks need a place"},
}
