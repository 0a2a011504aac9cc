// Package pass improves functions in the IR.
//
// A pass is a func(*ir.Func). Each keeps the meaning, and can be left out without changing results:
//
//	JoinBlocks                      one block where control flows straight
//	FoldConstants                   computes constants, gathers displacements
//	EliminateCommonSubexpressions   computes each expression once
//	MergeBoundsChecks               one bounds check per run
//	CombineStores                   wide stores for small values and the constants around them
//	CombineConstantStores           wide stores for adjacent constants
//	EliminateDeadCode               drops what is unused
//	SplitCriticalEdges              gives edges a place for moves; before LayoutBlocks
//	LayoutBlocks                    orders the code, cold blocks last
//
// Their order, with reasons, is kept in package jit/compile. What a pass may rely on, and has to keep, are the invariants of
// package ir; it uses the rows of its op table.
package pass
