package compile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
)

func parseAll(t *testing.T, text string) []*ir.Func {
	t.Helper()
	functions, err := ir.ParseAll(text)
	require.NoError(t, err)
	return functions
}

// TestLeavingFunctions: an exit counts for a function and for all that call it, by whatever way and in whatever order they are
// listed; a yield does not.
func TestLeavingFunctions(t *testing.T) {
	text := fmt.Sprintf(`func @top() {
b0:
	Call @quiet
	Call @middle
	Return
}
func @middle() {
b0:
	Call @bottom
	Call @middle
	Return
}
func @quiet() {
b0:
	Exit #%d
	Call @quiet
	Return
}
func @bottom() {
b0:
	Exit #%d
	Return
}
`, abi.Yield, abi.GrowStack)
	functions := parseAll(t, text)
	require.Equal(t, map[string]bool{"top": true, "middle": true, "bottom": true}, leavingFunctions(functions, nil))
	seldom := map[string]bool{"bottom": true}
	require.Empty(t, leavingFunctions(functions, seldom), "nor do those that leave seldom, and what calls them")
}

// TestAddKeepsOneOfEach: functions of one name must be one function.
func TestAddKeepsOneOfEach(t *testing.T) {
	const one, other = "func @f() {\nb0:\n\tReturn\n}\n", "func @f() {\nb0:\n\tFail\n}\n"
	c := new(Compilation)
	require.NoError(t, c.Add(parseAll(t, one)))
	require.NoError(t, c.Add(parseAll(t, one+strings.ReplaceAll(one, "@f", "@g"))))
	require.Len(t, c.Functions, 2)
	require.ErrorContains(t, c.Add(parseAll(t, other)), "two functions of a unit are called @f")
}
