//go:build amd64 || arm64

package compile

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// A passOrder says that one pass runs before another, and why.
type passOrder struct{ before, after, because string }

// passOrders holds each order that matters. A test checks the table against it.
var passOrders = []passOrder{
	{"fold", "join", "a branch whose way is known becomes a jump, which join follows"},
	{"fold", "common", "distances from one pointer are comparable only when they name that pointer"},
	{"fold", "bounds", "checks of one run are recognised by the pointer that their cursors are based on"},
	{"fold", "constants", "stores into one object are recognised by their pointer"},
	{"join", "bounds", "fewer, longer runs"},
	{"join", "constants", "it looks at one block at a time"},
	{"common", "bounds", "checks for one length are recognised by its being one value"},
	{"bounds", "constants", "a check between two stores keeps them apart"},
	{"fold", "stores", "stores into one object are recognised by their pointer"},
	{"join", "stores", "it looks at one block at a time"},
	{"bounds", "stores", "a check between two stores keeps them apart"},
	{"stores", "constants", "what wide stores of constants overwrite must be stored after them, and the stores that do so are final then"},
	{"stores", "dead", "the loads and constants of narrow stores are no longer used"},
	{"fold", "dead", "folded values leave their operands unused"},
	{"constants", "dead", "the constants of narrow stores are no longer used"},
	{"dead", "split", "unused parameters need no moves"},
	{"join", "split", "join would undo the blocks that split puts on edges"},
	{"split", "layout", "the new blocks must be part of the order"},
}

func TestPassTable(t *testing.T) {
	names := map[string]bool{}
	required := 0
	for _, row := range passTable {
		require.NotEmpty(t, row.name)
		require.NotEmpty(t, row.gives, row.name)
		require.NotNil(t, row.run, row.name)
		require.False(t, names[row.name], row.name)
		names[row.name] = true
		if row.required {
			required++
		}
	}
	require.Equal(t, 1, required, "only split gives what backends need")
}

func TestPassOrders(t *testing.T) {
	place := map[string]int{}
	for i, row := range passTable {
		place[row.name] = i + 1
	}
	ordered := map[string]bool{}
	for _, order := range passOrders {
		require.NotZero(t, place[order.before], order.before)
		require.NotZero(t, place[order.after], order.after)
		require.Less(t, place[order.before], place[order.after], "%s before %s, because %s", order.before, order.after, order.because)
		require.NotEmpty(t, order.because)
		ordered[order.before], ordered[order.after] = true, true
	}
	for _, row := range passTable {
		require.True(t, ordered[row.name], "no reason is given for the position of %s", row.name)
	}
}

// TestFaultsBecomeErrors: what goes wrong in the compiler names the function and the pass, and ends nothing else.
func TestFaultsBecomeErrors(t *testing.T) {
	table := passTable
	defer func() { passTable = table }()
	s := jittest.Schema(t, &cases.Point{})
	for text, run := range map[string]func(*ir.Func){
		"BUG: jit: pass faulty on @size.Point panicked: index": func(f *ir.Func) { panic("index") },
		"BUG: jit: @size.Point after faulty: V2":               func(f *ir.Func) { f.Entry().Insts = nil },
	} {
		passTable = append(append([]passRow{}, table...), passRow{name: "faulty", run: run, required: true})
		_, err := (&Pipeline{}).Run(s, jittest.Sizing)
		require.ErrorContains(t, err, text)
	}
	err := guarded("the builder", func() error { panic("BUG: ir: something") })
	require.ErrorContains(t, err, "BUG: jit: the builder panicked: BUG: ir: something")
}

// TestVerifyLooksAfterEachPass: damage that a later pass repairs is found only by checks after each pass.
func TestVerifyLooksAfterEachPass(t *testing.T) {
	table := passTable
	defer func() { passTable = table }()
	var hidden *ir.Inst
	hide := func(f *ir.Func) {
		last := f.Entry()
		hidden = last.Insts[len(last.Insts)-1]
		last.Insts = last.Insts[:len(last.Insts)-1]
	}
	mend := func(f *ir.Func) { f.Entry().Insts = append(f.Entry().Insts, hidden) }
	passTable = append([]passRow{{name: "hide", run: hide}, {name: "mend", run: mend}}, table...)
	s := jittest.Schema(t, &jittest.Run{})
	_, err := new(Pipeline).Run(s, jittest.Sizing)
	require.NoError(t, err)
	_, err = (&Pipeline{Verify: true}).Run(s, jittest.Sizing)
	require.ErrorContains(t, err, "BUG: jit: @size.Run after hide: V2")
}

// early encodes itself while its defaults are being made.
type early struct {
	Number int32 `frugal:"1,optional,i32"`
}

var earlyError error

// InitDefault finds a type whose defaults are not known yet.
func (e *early) InitDefault() {
	s, err := schema.Thrift.Of(reflect.TypeOf(e))
	if err == nil && s.Default() == nil {
		_, earlyError = (&Pipeline{}).Run(s, jittest.Encoding)
	}
}

func TestNoDesignBeforeTheDefaultsAreKnown(t *testing.T) {
	s := jittest.Schema(t, &early{})
	require.True(t, errors.Is(earlyError, build.ErrNoDefaultYet), "%v", earlyError)
	_, err := (&Pipeline{}).Run(s, jittest.Encoding)
	require.NoError(t, err)
}
