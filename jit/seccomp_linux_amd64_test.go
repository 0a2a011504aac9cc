package jit

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/loader"
)

func init() {
	controls["unfiltered"] = reportProbe
	controls["filtered"] = func() {
		if err := guard.RefuseExecutableMemory(); err != nil {
			harmed("%v", err)
		}
		reportProbe()
	}
}

func TestSeccompLeavesAReasonAndNoCrash(t *testing.T) {
	output := requireUnharmed(t, "filtered")
	require.Contains(t, output, "reason: loader: the host does not let memory become executable: mprotect: operation not permitted\n")
	require.Contains(t, output, "mapped: 0\n")
	output = requireUnharmed(t, "unfiltered")
	require.Contains(t, output, "reason: <nil>\n")
	require.Contains(t, output, "mapped: 0\n")
}

func reportProbe() {
	fmt.Println("reason:", Available())
	fmt.Println("mapped:", loader.Stats().MappedBytes)
}
