package jit

// checkAllocation has the result of register allocation checked independently for each function. Tests set it.
var checkAllocation bool
