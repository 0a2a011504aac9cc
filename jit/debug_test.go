//go:build amd64 || arm64

package jit

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/jittest"
)

func TestSwitches(t *testing.T) {
	for _, c := range []struct {
		name, dump, perfMap, debug string
		want                       switches
		complaints                 []string
	}{
		{name: "nothing"},
		{name: "a type", dump: "Order", want: switches{dump: dumpSwitch{typeName: "Order"}}},
		{name: "a pass", dump: "a/b.Order:fold", want: switches{dump: dumpSwitch{"a/b.Order", "fold"}}},
		{name: "built", dump: "Order:build", want: switches{dump: dumpSwitch{"Order", "build"}}},
		{name: "assembly", dump: "Order:asm", want: switches{dump: dumpSwitch{"Order", "asm"}}},
		{name: "no pass", dump: "Order:folt", complaints: []string{
			`tagwire: TAGWIRE_DUMP="Order:folt": there is no pass "folt"; there are build, fold, `, "layout, asm\n"}},
		{name: "perf", perfMap: "1", want: switches{perfMap: true}},
		{name: "no perf", perfMap: "0"},
		{name: "perf?", perfMap: "yes", complaints: []string{`tagwire: TAGWIRE_PERFMAP="yes": it may be 1`}},
		{name: "all", debug: "verify,shuffle,gc,compare",
			want: switches{verify: true, shuffle: 1, collect: true, compare: true}},
		{name: "a seed", debug: "shuffle=77", want: switches{shuffle: 77}},
		{name: "a level", debug: "v1", want: switches{level: 1}},
		{name: "the last of two levels", debug: "v4,v2", want: switches{level: 2}},
		{name: "no level", debug: "v5", complaints: []string{`"v5" is none of verify, `}},
		{name: "no words", debug: "gc,shuffle=x,gcc", want: switches{collect: true},
			complaints: []string{`"shuffle=x" is none of verify, `, `"gcc" is none of verify, `}},
	} {
		t.Run(c.name, func(t *testing.T) {
			variables := map[string]string{dumpVariable: c.dump, perfMapVariable: c.perfMap, debugVariable: c.debug}
			var complaints strings.Builder
			require.Equal(t, c.want, readSwitches(func(name string) string { return variables[name] }, &complaints))
			if len(c.complaints) == 0 {
				require.Empty(t, complaints.String())
			}
			for _, part := range c.complaints {
				require.Contains(t, complaints.String(), part)
			}
		})
	}
}

// TestDumpNamesAType: by its name alone, with its package, with the package's path.
func TestDumpNamesAType(t *testing.T) {
	s := jittest.Schema(t, &jittest.Run{})
	for name, want := range map[string]bool{
		"Run": true, "jittest.Run": true, "github.com/tagwire/tagwire/jit/jittest.Run": true,
		"": false, "Ru": false, "run": false, "other.Run": false, "*": false,
	} {
		d := dumpSwitch{typeName: name}
		require.Equal(t, want, d.of(s), name)
	}
}
