//go:build amd64 || arm64

package compile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/irtest"
)

// TestShuffleMakesEveryOrder: all orders that the operands allow, no other, and effects stay in theirs.
func TestShuffleMakesEveryOrder(t *testing.T) {
	const text = `func @f(v0:ptr, v1:i64) -> (i64) {
b0:
	v2:i64 = Const #1
	v3:i64 = Const #2
	v4:i64 = Add v2, v3
	Store64 v0, v1, #0
	v5:i64 = Load64 v0, #8
	Return v4
}
`
	seen := map[string]bool{}
	for seed := range uint64(500) {
		f, err := ir.Parse(text)
		require.NoError(t, err)
		shuffle(f, seed+1)
		require.NoError(t, ir.Verify(f))
		var order string
		for _, i := range f.Entry().Insts {
			order += i.Op.String() + " "
		}
		require.Regexp(t, `Store64 .*Load64 .*Return $`, order)
		seen[f.String()] = true
	}
	// Two constants in any order before the sum, 2 ways, merged with a store and a load in any way: 5!/(3! 2!).
	require.Len(t, seen, 20)
}

// TestShuffledProgramsMeanTheSame runs generated programs through the pipeline, instructions shuffled after each pass.
func TestShuffledProgramsMeanTheSame(t *testing.T) {
	for seed := range uint64(60) {
		program := irtest.Generate(seed, irtest.Config{})
		shuffled, err := program.Clone()
		require.NoError(t, err)
		p := &Pipeline{Verify: true, Shuffle: seed + 1}
		for _, f := range shuffled.Funcs {
			require.NoError(t, p.passes(f))
		}
		for environment := range uint64(3) {
			want, err := irtest.Interpret(program, irtest.NewEnvironment(environment))
			require.NoError(t, err)
			got, err := irtest.Interpret(shuffled, irtest.NewEnvironment(environment))
			require.NoError(t, err)
			require.Empty(t, irtest.Differ(want, got), "seed %d, environment %d", seed, environment)
		}
	}
}
