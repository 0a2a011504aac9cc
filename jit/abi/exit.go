package abi

// ExitCode says why native code left.
type ExitCode uint8

// The exits; their rows are in Exits. Zero is not an exit, so that an unwritten Frame is noticed.
const (
	Done ExitCode = 1 + iota
	Fail
	Yield
	GrowStack
	NewStruct
	NewSlab
	NewChunk
	NewBytes
	StoreSlots
	CountMap
	ReadMap
	FillMap
	ResetStruct
	KeepUnknown
	NewWords
	MarkEntry
	Reference
	KeepHeaded
	AppendList
	AppendMap
	SetOneof
	CloseMessage
	SplitTime
	SetTime
	// ExitCount is one more than the highest code.
	ExitCount = int(SetTime) + 1
)

// Exit is a row of the exit table.
type Exit struct {
	Code ExitCode
	Name string
	// Arguments and Results name the argument words in their order, before and after the service.
	Arguments, Results []string
	// Service says what Go does.
	Service string
	// Upholds lists the memory rules that the service is there for. Every service also stores what is pending.
	Upholds []Rule
	// Terminal exits end the call; native code is not entered again.
	Terminal bool
	// UserCode says that the service may run the user's code, which may change any heap object, grow the goroutine's stack or
	// panic.
	UserCode bool
}

// Exits returns the exit table, a row for each code from Done on, in order.
func Exits() []Exit {
	return []Exit{
		{
			Code: Done, Name: "Done", Arguments: []string{"result"},
			Service: "ends the call with success", Upholds: []Rule{M3}, Terminal: true,
		},
		{
			Code: Fail, Name: "Fail",
			Service: "ends the call; the caller repeats all of it on the plain codec, which finds the error or the result",
			Upholds: []Rule{M6}, Terminal: true,
		},
		{
			Code: Yield, Name: "Yield",
			Service: "renews the budget; its safe point lets the scheduler and the collector in",
		},
		{
			Code: GrowStack, Name: "GrowStack", Arguments: []string{"bytes needed"},
			Service: "moves the native stack to a larger one, or ends the call as Fail does",
		},
		{
			Code: NewStruct, Name: "NewStruct", Arguments: []string{"struct row", "slot"}, Results: []string{"object"},
			Service: "makes a zero struct, stores its address in the slot, then runs its initialiser if it has one",
			Upholds: []Rule{M1, M3, M10}, UserCode: true,
		},
		{
			Code: NewSlab, Name: "NewSlab",
			Arguments: []string{"slab row", "slot", "elements used", "elements in all", "wire bytes left"},
			Results:   []string{"first new element", "elements usable"},
			Service: "makes or grows the list behind the slot, keeping the elements used; by-value elements may move, and the result " +
				"is element 0 then; for pointers it makes a further slab, stores the address of each element, and the result is its base",
			Upholds: []Rule{M1, M2, M3, M5, M10},
		},
		{
			Code: NewChunk, Name: "NewChunk", Arguments: []string{"bytes needed"},
			Service: "replaces the current chunk by one with that many bytes free, at most codec.SharedBytes",
			Upholds: []Rule{M2, M5, M10},
		},
		{
			Code: NewBytes, Name: "NewBytes", Arguments: []string{"slot", "source in the input", "length", "kind"},
			Service: "copies a string or binary to memory of its own and writes the header",
			Upholds: []Rule{M2, M3, M5, M6, M10},
		},
		{
			Code: StoreSlots, Name: "StoreSlots",
			Service: "stores what is pending; taken when the list is full", Upholds: []Rule{M3, M6},
		},
		{
			Code: CountMap, Name: "CountMap", Arguments: []string{"map row", "slot"}, Results: []string{"entries"},
			Service: "counts the entries of the map in the slot", Upholds: []Rule{M9},
		},
		{
			Code: ReadMap, Name: "ReadMap", Arguments: []string{"map row", "slot", "entries used"},
			Results: []string{"entries left", "first entry", "entries usable"},
			Service: "copies further entries of the map in the slot to contiguous memory; if none were used the map is new, " +
				"else it is the innermost one read at this level; a map that has fewer entries than it had ends the call as Fail does. " +
				"With FlagSorted the entries are in the order of their keys, unless these are structs",
			Upholds: []Rule{M8, M9},
		},
		{
			Code: FillMap, Name: "FillMap",
			Arguments: []string{"map row", "slot", "entries used", "entries in all", "wire bytes left"},
			Results:   []string{"first entry", "entries usable"},
			Service: "if none were used, makes a map, stores it in the slot and returns a batch of zero entries; else inserts the entries " +
				"of the batch and clears them. Pointers in entries lead to new structs. What the last batch holds is inserted in a later exit",
			Upholds: []Rule{M1, M2, M3, M9, M10},
		},
		{
			Code: ResetStruct, Name: "ResetStruct", Arguments: []string{"struct row", "object"},
			Service: "makes the struct zero, which may be part of another object, then runs its initialiser if it has one",
			Upholds: []Rule{M1, M3}, UserCode: true,
		},
		{
			Code: KeepUnknown, Name: "KeepUnknown", Arguments: []string{"slot", "source in the input", "length"},
			Service: "appends bytes of the input to the []byte in the slot; none for a length of 0, which makes it nil",
			Upholds: []Rule{M2, M3, M5, M6, M10},
		},
		{
			Code: NewWords, Name: "NewWords", Arguments: []string{"words"}, Results: []string{"first word"},
			Service: "makes zero words that are native code's own until the call ends", Upholds: []Rule{M1},
		},
		{
			Code: MarkEntry, Name: "MarkEntry", Arguments: []string{"position in the output", "entries that begin there, or -1"},
			Service: "notes where the entries of the map that was read last begin or, with -1, where one of the innermost such map ends; " +
				"sorts the encoded entries in the output when the last one has ended and the order does not follow from their keys alone",
			Upholds: []Rule{M8},
		},
		{
			Code: Reference, Name: "Reference", Arguments: []string{"data", "length", "position in the output"},
			Results: []string{"bytes to copy"},
			Service: "notes that bytes of the value belong into the output there, and the caller gets the list when the call is done; " +
				"inside entries that may yet be sorted it notes nothing, and all of the bytes are to be copied",
			Upholds: []Rule{M7, M8},
		},
		{
			Code: KeepHeaded, Name: "KeepHeaded", Arguments: []string{"slot", "source in the input", "length", "head"},
			Service: "appends the head, and bytes of the input without those that it replaces, to the []byte in the slot; length is that " +
				"of the bytes of the input, and not 0",
			Upholds: []Rule{M2, M3, M5, M6, M10},
		},
		{
			Code: AppendList, Name: "AppendList",
			Arguments: []string{"slab row", "slot", "elements used", "elements in all", "wire bytes left"},
			Results:   []string{"first new element", "elements usable"},
			Service: "is NewSlab for a list that has no other elements than those used, all of which arrived before; it keeps room for as many again, " +
				"and the old list alive, of which native code may still work on an element",
			Upholds: []Rule{M1, M2, M3, M5, M10},
		},
		{
			Code: AppendMap, Name: "AppendMap",
			Arguments: []string{"map row", "slot", "entries used", "entries in all", "wire bytes left"},
			Results:   []string{"first entry", "entries usable"},
			Service:   "is FillMap for a slot that may have a map, to which the entries are added",
			Upholds:   []Rule{M1, M2, M3, M9, M10},
		},
		{
			Code: SetOneof, Name: "SetOneof", Arguments: []string{"struct row", "slot", "first word of the interface"}, Results: []string{"object"},
			Service: "makes a zero struct and stores an interface that holds its address in the slot; what the slot held before stays alive, for native " +
				"code may still work on it",
			Upholds: []Rule{M1, M3, M10},
		},
		{
			Code: CloseMessage, Name: "CloseMessage", Arguments: []string{"start in the output", "position in the output"},
			Results: []string{"position in the output"},
			Service: "writes the length of what lies between, with the bytes that the caller gets a list of, before the start, where there is " +
				"a byte for it, and moves what lies between if it takes more",
			Upholds: []Rule{M7, M8},
		},
		{
			Code: SplitTime, Name: "SplitTime", Arguments: []string{"time.Time"}, Results: []string{"seconds since 1970", "nanoseconds"},
			Service: "tells the seconds and nanoseconds of the time.Time at an address", Upholds: []Rule{M8},
		},
		{
			Code: SetTime, Name: "SetTime", Arguments: []string{"slot", "seconds since 1970", "nanoseconds"},
			Service: "stores the time.Time, in UTC, in the slot", Upholds: []Rule{M3, M6},
		},
	}
}

// String returns the name of the exit.
func (c ExitCode) String() string {
	if c < Done || int(c) >= ExitCount {
		return "none"
	}
	return Exits()[c-Done].Name
}
