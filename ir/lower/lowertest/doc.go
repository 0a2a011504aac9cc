// Package lowertest has what the tests of all backends share: what the bulk ops do, in the plainest way, the memory that a
// simulated processor may access, and the checks of routines, simulated and on the processor. Only tests import it.
package lowertest
