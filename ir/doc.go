// Package ir is the form between a schema and machine code: functions in SSA form, made by package build, improved by the
// passes here, lowered by the backends. It knows neither reflect nor any wire format.
//
// # Functions
//
// A function ([Func]) is a list of blocks; the first is the entry and its parameters are those of the function. A block
// ([Block]) is a list of instructions ([Inst]), of which the last, and only the last, is a terminator. An instruction has
// arguments and results, which are values ([Value]), each defined once. The operands, results and effects of an op are in its
// row of the op table ([OpInfo]); passes rely on the row only.
//
// There are no phi functions. A block has parameters, and every edge to it brings an argument for each; all arguments of
// an edge are read before any parameter is written.
//
//	func @sum(v0:ptr, v1:i64) -> (i64) {      // v1 > 0 words at v0
//	b0:
//		v2:i64 = Const #0
//		Jump -> b1(v0, v1, v2)
//	b1(v3:ptr, v4:i64, v5:i64):
//		v6:i64 = Load64 v3, #0 source
//		v7:i64 = Add v5, v6
//		v8:ptr = PtrAdd v3, #8
//		v9:i64 = Const #-1
//		v10:i64 = Add v4, v9
//		Branch.ne v10, v2 -> b1(v8, v10, v7), b2
//	b2:
//		Return v7
//	}
//
// This is the text form: [Func.String] writes it and [Parse] reads it. Names of ops are their Go identifiers. An
// instruction reads: results = Op.condition @symbol, arguments, #constant, "template" source -> edges, each part where its row
// asks for it. IDs are kept, so a value has one name through all dumps of a pipeline.
//
// # Types
//
// I8 and I16 are narrow: only loaded, stored, extended, truncated to, and passed along. Computing and comparing takes
// I32 or I64, comparing Ptr too. A double is the I64 of its bits. Constants are kept sign-extended to 64 bits.
//
// # Memory
//
// Instructions that read or write memory, may fail or may exit happen in the order of their block. Memory (what pointers
// reach) and the Frame (words at constant offsets, for talking with Go) are separate: no pointer leads into the Frame.
// Passes may assume no more about two pointers than this: distances from one pointer are distances.
//
// A load can be marked as a source load: the builder guarantees that during the whole call no native code, of this
// function or another, writes these bytes. (Encoding reads the value so, decoding the input.) Go may write them during
// an exit. Source loads may be moved and merged across writes, not across what may exit. Where user code breaks the
// promise, by racing or by encoding into its own value, the results are arbitrary, but no load or store goes where it
// would not have gone: what was loaded once is not loaded again.
//
// # The parts of a function in Go memory
//
// Blocks, instructions and values are cut from slabs that belong to their function, and so are the results of analyses.
// [Func.Release] gives all that to functions built later.
//
// # Failing and exiting
//
// To fail is to take the exit Fail, which is terminal: Go discards all native frames and repeats the whole call by
// reflection, from the start and into the same target. So a failure carries nothing, it does not matter where in a
// function it happens, nor which stores were made before it. An instruction that may exit leaves for Go and comes back;
// Go may have changed any memory and the Frame meanwhile. Exits are seen by the user, and must happen in the same order,
// with the same arguments, over the same memory, whatever passes have run, except that what will fail anyway with no
// exit in between may fail sooner.
//
// # Invariants
//
// [Verify] checks these; passes may rely on them and have to keep them.
//
//	V1   There is an entry, no edge leads to it; names, and numbers of parameters and results, are in bounds.
//	V2   Every block ends in its only terminator; every op is in the table.
//	V3   Block IDs and value IDs are unique, and below what Func.BlockIDs and Func.ValueIDs return.
//	V4   Instructions, results and parameters name the block or instruction they belong to.
//	V5   Operands and results are as the row of the op says, in number and in type.
//	V6   Constant, condition, symbol, template and source mark are as the row says; none where it says none.
//	V7   As many edges as the row says, to blocks of the function, with arguments that match the parameters.
//	V8   A Return gives what the function promises.
//	V9   Every block can be reached.
//	V10  Every definition dominates its uses; the use by an edge is at the end of the block that it leaves.
//	V11  What analyses have found and still hold is true: who changes control flow says so, by Func.Rewired.
//
// # Analyses
//
// [Func.Predecessors], [Func.Incoming], [Func.ReversePostorder], [Func.Dominators] and [LoopDepths] are computed when asked
// for, and hold until control flow changes; see [Func.Rewired]. Passes are in package ir/pass.
//
// # How to add an op
//
// Each step names the tests that fail until it is done.
//
//  1. A constant in op.go and its row in op_table.go: operands, results, effects, a sentence with the text form. Loads and
//     stores, and conversions, are ranges of constants; a new one goes to its range, others to their group. Printer,
//     parser, verifier, passes and Builder.emit use the row. (TestOpTable, TestOpTableExamples)
//  2. If a rule does not fit the row, a line in verify.go, and a case of TestVerifyFindsBreaches.
//  3. Its meaning in plain Go in interp/step.go, and rows in a table of its tests. (TestEveryOpHasARow)
//  4. A method of Builder if no existing one fits, and its row in builders of builder_test.go. (TestBuilderMakesEveryOp,
//     TestBuilderMethodsAreCalled)
//  5. If it can be computed at compile time, or more is known of it, a row in foldRules of ir/pass, and a function that has it in
//     ir/pass/testdata/fold. (TestFoldRulesHaveGoldens)
//  6. A place in irtest, so that passes and backends meet it in random functions. (TestGeneratorMakesEveryOp)
//  7. In each backend a row of lowerRules, and of constantRules if it takes constants into itself; or, with a Bulk, a row of bulkRows
//     with its routine if it works on many elements. A function that has it in testdata/lower. (TestEveryOpHasALoweringGolden,
//     TestNativeAgainstInterpreter)
//  8. Its use in jit/build; the golden files there change.
//  9. A case of the corpus if none goes that way; a benchmark if speed is the reason.
//
// CountLeadingZeros came in by this recipe; git log -S CountLeadingZeros shows the change.
package ir
