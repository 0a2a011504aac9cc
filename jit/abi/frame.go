package abi

// WordBytes is the size of a Frame word and of a native stack word.
const WordBytes = 8

// The words of a Frame, as byte offsets from the Frame register. All are plain integers to Go: nothing in a
// Frame is seen by the garbage collector, so addresses of ends may stand in it (M5), and whatever a word
// points to must be kept alive by the driver.
const (
	// FrameGoSP, FrameGoBP and FrameGoLR are Go's stack pointer, frame pointer and, on arm64, return address:
	// written by the entry, read by every exit.
	FrameGoSP = 0
	FrameGoBP = 8
	FrameGoLR = 16
	// FrameNativeSP and FrameResumePC say where the next entry continues.
	FrameNativeSP = 24
	FrameResumePC = 32
	// FrameExit is the ExitCode that native code left with.
	FrameExit = 40
	// FrameArguments are ArgumentWords words: what the first entry, an exit and its service pass on.
	FrameArguments = 48
	// FrameFuel is what is left of FuelBytes; at less than zero native code takes a Yield exit.
	FrameFuel = 112
	// FrameStackTop is the address just after the native stack, FrameStackLow the lowest address that a
	// function may let the stack pointer reach; StackSlack bytes below it are for exits alone.
	FrameStackTop = 120
	FrameStackLow = 128
	// FrameLevels is the number of structs, lists, sets and maps that may still be entered.
	FrameLevels = 136
	// FrameChunkNext and FrameChunkEnd bound the free bytes of the current chunk.
	FrameChunkNext = 144
	FrameChunkEnd  = 152
	// FramePendingNext and FramePendingEnd bound the free part of the list of pending stores; see PendingSlot.
	FramePendingNext = 160
	FramePendingEnd  = 168
	// FrameAllocation is the number of bytes that this call may still allocate. Services charge what they make,
	// native code what it takes of a chunk. To encode, it is the number of bytes of the output that may still be moved.
	FrameAllocation = 176
	// FrameFlags holds Flag bits, fixed for the call.
	FrameFlags = 184
	// FrameMaps points to a table, and is fixed for the call. To encode, it has a ReadAhead entry for each map that Go may read before
	// the call, and has read if the entry is not zero; to decode, a Fill entry for each place of a type whose map may be filled without an exit.
	FrameMaps = 192
	// FrameSlabs are two words for each of NativeSlabs rows of objects: they bound the objects, zero and of the row's type, that
	// native code may take without an exit. Both are equal if there are none.
	FrameSlabs = 200
	// FrameReused is not zero in calls that decode into an arena, whose chunks serve again for other values: bools, which cannot have
	// any contents, do not come from them.
	FrameReused = 264
	// FrameBytes is the size of a Frame.
	FrameBytes = 272
)

// NativeSlabs is the number of rows of objects that native code takes from slabs itself.
const NativeSlabs = 4

// SlabNext and SlabEnd return the offsets of the words of FrameSlabs.
func SlabNext(n int) int64 { return int64(FrameSlabs + n*2*WordBytes) }

// SlabEnd: see SlabNext.
func SlabEnd(n int) int64 { return SlabNext(n) + WordBytes }

// An entry of the table of FrameMaps: the address of the first entry of the map, which is not nil even if there are none, and the
// number of entries, at most BatchEntries.
const (
	ReadAheadFirst = 0
	ReadAheadCount = 8
	ReadAheadBytes = 16
	// ReadAheadMaps is the number of maps that are read ahead at most.
	ReadAheadMaps = 8
)

// An entry of the table of FrameMaps for decoding: the address of FillEntries zero entries, nil if there are none; once native code has
// filled as many of them as FillCount says, it sets that address to nil, and FillSlot to that of the map, which Go makes at the next exit.
// Until then the slot of the map is as it was.
const (
	FillFirst = 0
	FillSlot  = 8
	FillCount = 16
	FillBytes = 24
	// FillPending, behind the entries, is not zero if Go has maps to make.
	FillPending = FillMaps * FillBytes
	// FillMaps is the number of places whose maps are filled without an exit, FillEntries the most entries of such a map.
	FillMaps    = 8
	FillEntries = 8
)

// FastMoves is how many bytes of the output a call without a state may move.
const FastMoves = 4 << 20

// ArgumentWords is the number of argument words in a Frame.
const ArgumentWords = 8

// The argument words at the first entry. A size body gets the value alone. A body leaves its result (the
// cursor after the value, or the size) in ArgumentResult and takes the Done exit.
const (
	ArgumentValue  = 0
	ArgumentCursor = 1
	ArgumentEnd    = 2
	ArgumentResult = 0
)

// Argument returns the offset of argument word i.
func Argument(i int) int { return FrameArguments + i*WordBytes }

// Bits of FrameFlags.
const (
	// FlagZeroCopy lets strings and binaries point into the input.
	FlagZeroCopy = 1 << 0
	// FlagOwnedStrings gives each string, binary and list of scalars its own memory; nothing comes from chunks.
	FlagOwnedStrings = 1 << 1
	// FlagSorted has the entries of maps written in the order of their keys.
	FlagSorted = 1 << 2
)

// FuelBytes is the number of wire bytes that native code may handle between two exits. Every loop and every bulk
// operation charges its bytes.
const FuelBytes = 64 << 10

// StackSlack is the room below FrameStackLow that exit sequences may use for live registers.
const StackSlack = 256

// StackAlign is the alignment of the top of the native stack. arm64 wants its stack pointer aligned so.
const StackAlign = 16

// A pending store is one that Go has to make because the slot was not nil (M3): native code appends it and
// goes on; the driver makes all of them, in order, at the next exit of whatever kind. If the list is full,
// native code takes a StoreSlots exit.
const (
	PendingSlot   = 0
	PendingData   = 8
	PendingLength = 16
	PendingKind   = 24
	PendingBytes  = 32
	// PendingCapacity is the number of stores that fit the list.
	PendingCapacity = 32
)

// A ListMemory says what memory a NewSlab exit gives a list.
type ListMemory uint8

// The kinds of memory of lists.
const (
	// GrowingList memory is zero, and grows as elements arrive: a count that is much larger than the rest of the input suggests
	// does not allocate memory for all of its elements at once.
	GrowingList ListMemory = iota
	// ArrivedList memory is zero, and allocated at once: all elements are in the input, which still may have to be refused for one.
	ArrivedList
	// RawList memory is allocated at once, and not cleared: the elements are bools or numbers, all of them are in the input, and
	// native code fills it, or clears the rest of it, before anything can fail.
	RawList
)

// A head is the argument word that says what a KeepHeaded exit puts before fields that it keeps: up to HeadBytes bytes, the first
// in the low byte of the word. Byte HeadLength of the word has their number, byte HeadReplaced the number of bytes of the fields
// that they replace, and byte HeadMark the mark of the format, which comes before the first fields that are kept, or 0.
const (
	HeadBytes    = 5
	HeadLength   = 5
	HeadReplaced = 6
	HeadMark     = 7
)

// BatchEntries is how many entries of a map native code fills or reads between two exits.
const BatchEntries = 64

// Kinds of the header behind a slot.
const (
	// KindString is a string: data and length.
	KindString = 0
	// KindBytes is a []byte: data, length and capacity, which is the length.
	KindBytes = 1
	// KindNil is a []byte that becomes nil.
	KindNil = 2
)
