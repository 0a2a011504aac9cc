package compile

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/pass"
)

// A passRow is a row of the pass table.
type passRow struct {
	name string
	run  func(*ir.Func)
	// required passes give something that backends need; the others only make code better, and results are the same
	// without them.
	required bool
	// gives says what holds after it.
	gives string
}

// passTable has the passes in the order in which they run. passOrders, beside the test, says why it is this order.
var passTable = []passRow{
	{name: "fold", run: pass.FoldConstants,
		gives: "what is known is computed; loads and stores name the pointer that they are a constant distance from"},
	{name: "join", run: pass.JoinBlocks,
		gives: "one block where control flows straight"},
	{name: "common", run: pass.EliminateCommonSubexpressions,
		gives: "equal values are one value"},
	{name: "bounds", run: pass.MergeBoundsChecks,
		gives: "one check of room per run"},
	{name: "stores", run: pass.CombineStores,
		gives: "small values are written together with the constants around them"},
	{name: "constants", run: pass.CombineConstantStores,
		gives: "neighbouring constants are written by wide stores"},
	{name: "dead", run: pass.EliminateDeadCode,
		gives: "every value is used"},
	{name: "split", run: pass.SplitCriticalEdges, required: true,
		gives: "every edge has a block for moves"},
	{name: "layout", run: pass.LayoutBlocks,
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
