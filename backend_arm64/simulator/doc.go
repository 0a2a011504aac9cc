// Package simulator runs machine code of bulk routines, instruction by instruction, in plain Go: on hosts with another
// processor, and to see every byte that is touched. Only tests import it.
package simulator
