// Package irtest makes random functions in the IR and the surroundings to run them in. Tests of the passes run a function
// before and after a pass; tests of the backends run it natively and by package interp. Only tests import it.
package irtest
