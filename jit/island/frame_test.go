package island

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/abi"
)

func TestFrameHasTheLayoutOfTheABI(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != abi.WordBytes {
		require.Nil(t, ProbeCode()) // no host of such words has an engine
		return
	}
	var f frame
	for name, row := range map[string]struct {
		constant int
		offset   uintptr
	}{
		"FrameGoSP":        {abi.FrameGoSP, unsafe.Offsetof(f.goSP)},
		"FrameGoBP":        {abi.FrameGoBP, unsafe.Offsetof(f.goBP)},
		"FrameGoLR":        {abi.FrameGoLR, unsafe.Offsetof(f.goLR)},
		"FrameNativeSP":    {abi.FrameNativeSP, unsafe.Offsetof(f.nativeSP)},
		"FrameResumePC":    {abi.FrameResumePC, unsafe.Offsetof(f.resumePC)},
		"FrameExit":        {abi.FrameExit, unsafe.Offsetof(f.exit)},
		"FrameArguments":   {abi.FrameArguments, unsafe.Offsetof(f.arguments)},
		"FrameFuel":        {abi.FrameFuel, unsafe.Offsetof(f.fuel)},
		"FrameStackTop":    {abi.FrameStackTop, unsafe.Offsetof(f.stackTop)},
		"FrameStackLow":    {abi.FrameStackLow, unsafe.Offsetof(f.stackLow)},
		"FrameLevels":      {abi.FrameLevels, unsafe.Offsetof(f.levels)},
		"FrameChunkNext":   {abi.FrameChunkNext, unsafe.Offsetof(f.chunkNext)},
		"FrameChunkEnd":    {abi.FrameChunkEnd, unsafe.Offsetof(f.chunkEnd)},
		"FramePendingNext": {abi.FramePendingNext, unsafe.Offsetof(f.pendingNext)},
		"FramePendingEnd":  {abi.FramePendingEnd, unsafe.Offsetof(f.pendingEnd)},
		"FrameAllocation":  {abi.FrameAllocation, unsafe.Offsetof(f.allocation)},
		"FrameFlags":       {abi.FrameFlags, unsafe.Offsetof(f.flags)},
		"FrameMaps":        {abi.FrameMaps, unsafe.Offsetof(f.maps)},
		"FrameSlabs":       {abi.FrameSlabs, unsafe.Offsetof(f.slabs)},
		"SlabNext":         {int(abi.SlabNext(2)), unsafe.Offsetof(f.slabs) + unsafe.Offsetof(f.slabs[2].next) + 2*unsafe.Sizeof(f.slabs[2])},
		"SlabEnd":          {int(abi.SlabEnd(2)), unsafe.Offsetof(f.slabs) + unsafe.Offsetof(f.slabs[2].end) + 2*unsafe.Sizeof(f.slabs[2])},
		"FrameReused":      {abi.FrameReused, unsafe.Offsetof(f.reused)},
		"FrameBytes":       {abi.FrameBytes, unsafe.Sizeof(f)},
		"ReadAheadFirst":   {abi.ReadAheadFirst, unsafe.Offsetof(emptyMapAhead.first)},
		"ReadAheadCount":   {abi.ReadAheadCount, unsafe.Offsetof(emptyMapAhead.count)},
		"ReadAheadBytes":   {abi.ReadAheadBytes, unsafe.Sizeof(emptyMapAhead)},
		"FillFirst":        {abi.FillFirst, unsafe.Offsetof(noFills.entries[0].first)},
		"FillSlot":         {abi.FillSlot, unsafe.Offsetof(noFills.entries[0].slot)},
		"FillCount":        {abi.FillCount, unsafe.Offsetof(noFills.entries[0].count)},
		"FillBytes":        {abi.FillBytes, unsafe.Sizeof(noFills.entries[0])},
		"FillPending":      {abi.FillPending, unsafe.Offsetof(noFills.pending)},
		"Argument":         {abi.Argument(3), unsafe.Offsetof(f.arguments) + 3*unsafe.Sizeof(f.arguments[0])},
		"WordBytes":        {abi.WordBytes, unsafe.Sizeof(f.exit)},
	} {
		require.Equal(t, uintptr(row.constant), row.offset, name)
	}
}
