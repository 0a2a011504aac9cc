package jit

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/loader"
)

func init() {
	jittest.Controls["unfiltered"] = reportProbe
	jittest.Controls["filtered"] = func() {
		if err := guard.RefuseExecutableMemory(); err != nil {
			jittest.Harmed("%v", err)
		}
		reportProbe()
	}
}

func TestSeccompLeavesAReasonAndNoCrash(t *testing.T) {
	output := jittest.RequireUnharmed(t, "filtered")
	require.Contains(t, output, "reason: loader: the host does not let memory become executable: mprotect: operation not permitted\n")
	require.Contains(t, output, "mapped: 0\n")
	output = jittest.RequireUnharmed(t, "unfiltered")
	require.Contains(t, output, "reason: <nil>\n")
	require.Contains(t, output, "mapped: 0\n")
}

func reportProbe() {
	fmt.Println("reason:", Available())
	fmt.Println("mapped:", loader.Stats().MappedBytes)
}
