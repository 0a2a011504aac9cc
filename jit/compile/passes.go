package compile

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

// passTable has the passes in the order in which they run. passOrders, beside the test, says why it is this order.
var passTable = []pass{
	{name: "fold", run: ir.FoldConstants,
		gives: "what is known is computed; loads and stores name the pointer that they are a constant distance from"},
	{name: "join", run: ir.JoinBlocks,
		gives: "one block where control flows straight"},
	{name: "common", run: ir.EliminateCommonSubexpressions,
		gives: "equal values are one value"},
	{name: "bounds", run: ir.MergeBoundsChecks,
		gives: "one check of room per run"},
	{name: "words", run: ir.CombineStores,
		gives: "small values are written together with the constants around them"},
	{name: "tags", run: ir.CombineConstantStores,
		gives: "neighbouring constants are written by wide stores"},
	{name: "dead", run: ir.EliminateDeadCode,
		gives: "every value is used"},
	{name: "split", run: ir.SplitCriticalEdges, required: true,
		gives: "every edge has a place for moves"},
	{name: "layout", run: ir.LayoutBlocks,
		gives: "blocks stand in the order of their code, cold ones last"},
}

// Built is the name of what comes before all passes.
const Built = "build"

// PassNames returns the names of the passes, in the order in which they run.
func PassNames() (names []string) {
	for _, row := range passTable {
		names = append(names, row.name)
	}
	return names
}
