// Package simulator runs machine code of bulk routines, instruction by instruction, in plain Go: for processors that the host
// is not, and to see every byte that is touched. Only tests import it.
package simulator
