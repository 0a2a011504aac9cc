package abi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExitTableHasOneRowForEachCode(t *testing.T) {
	rows := Exits()
	require.Len(t, rows, ExitCount-1)
	names := map[string]bool{}
	for i, row := range rows {
		require.Equal(t, Done+ExitCode(i), row.Code)
		require.Equal(t, row.Name, row.Code.String())
		require.False(t, names[row.Name], row.Name)
		names[row.Name] = true
		require.NotEmpty(t, row.Service)
		require.LessOrEqual(t, len(row.Arguments), ArgumentWords)
		require.LessOrEqual(t, len(row.Results), ArgumentWords)
		if row.Terminal {
			require.False(t, row.UserCode, row.Name)
		}
		if row.UserCode {
			require.Contains(t, row.Upholds, M1, row.Name)
		}
		for _, rule := range row.Upholds {
			require.True(t, rule >= M1 && int(rule) < RuleCount, row.Name)
		}
	}
	require.Equal(t, "none", ExitCode(0).String())
	require.Equal(t, "M1", M1.String())
	require.Equal(t, "M10", M10.String())
	require.Equal(t, "none", ExitCode(ExitCount).String())
}

func TestFrameWordsDoNotOverlap(t *testing.T) {
	words := []int{FrameGoSP, FrameGoBP, FrameGoLR, FrameNativeSP, FrameResumePC, FrameExit}
	for i := range ArgumentWords {
		words = append(words, Argument(i))
	}
	words = append(words, FrameFuel, FrameStackTop, FrameStackLow, FrameLevels, FrameChunkNext, FrameChunkEnd,
		FramePendingNext, FramePendingEnd, FrameAllocation, FrameFlags, FrameMaps)
	for n := range NativeSlabs {
		words = append(words, int(SlabNext(n)), int(SlabEnd(n)))
	}
	words = append(words, FrameReused)
	for i, offset := range words {
		require.Equal(t, i*WordBytes, offset)
	}
	require.Equal(t, len(words)*WordBytes, FrameBytes)
}

func TestRegistersOfTheRuntimeAreNotHandedOut(t *testing.T) {
	for _, registers := range [][]Register{all(AMD64Arguments()), {AMD64Results()[0], AMD64Results()[1]}} {
		require.NotContains(t, registers, AMD64Frame)
		require.NotContains(t, registers, AMD64StackPointer)
	}
	for _, registers := range [][]Register{all(ARM64Arguments()), {ARM64Results()[0], ARM64Results()[1]}} {
		for _, taken := range []Register{ARM64Frame, ARM64Platform, ARM64Assembler, ARM64G, ARM64FramePointer, ARM64Link, ARM64StackPointer} {
			require.NotContains(t, registers, taken)
		}
	}
}

func all(registers [6]Register) []Register { return registers[:] }
