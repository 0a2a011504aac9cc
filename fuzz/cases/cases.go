package cases

import "reflect"

// Case is one struct type of the corpus with sample values.
type Case struct {
	// Name is the type's name.
	Name string
	// Type is the struct type.
	Type reflect.Type
	// Samples returns the values, pointers to structs, built anew by each call. Every one decodes from
	// its own encoding to an equal value: it holds no nil where the wire has only empty.
	Samples func() []any
}

// New returns a pointer to a fresh struct, with its defaults set if it has any.
func (c Case) New() any {
	target := reflect.New(c.Type).Interface()
	if d, ok := target.(interface{ InitDefault() }); ok {
		d.InitDefault()
	}
	return target
}

// All returns the cases of types with tags of Thrift, in a fixed order.
func All() []Case { return registry }

// Find returns the case of that name, of either language.
func Find(name string) (Case, bool) {
	for _, cases := range [][]Case{registry, protobufRegistry} {
		for _, c := range cases {
			if c.Name == name {
				return c, true
			}
		}
	}
	return Case{}, false
}

// Of returns the case of a value's type, a pointer to struct.
func Of(value any) Case {
	c, ok := Find(reflect.TypeOf(value).Elem().Name())
	if !ok {
		panic("cases.Of: no case for " + reflect.TypeOf(value).String())
	}
	return c
}

// caseOf makes the case of T from functions that build its values.
func caseOf[T any](samples ...func() *T) Case {
	t := reflect.TypeFor[T]()
	build := func() []any {
		values := make([]any, len(samples))
		for i, sample := range samples {
			values[i] = sample()
		}
		return values
	}
	return Case{Name: t.Name(), Type: t, Samples: build}
}

// always returns a function that copies v.
func always[T any](v T) func() *T {
	return func() *T { return ref(v) }
}

var registry = []Case{
	caseOf(func() *Key { return &Key{Number: -1, Name: ref("key")} }),
	caseOf(func() *Point { return &Point{X: 1.5, Y: -2.5, Label: ref("p")} }, always(Point{})),
	caseOf(fullTree),
	caseOf(fullScalars, extremeScalars, infiniteScalars),
	caseOf(fullOptionals, always(Optionals{})),
	caseOf(fullRequireds),
	caseOf(changedDefaults, initialDefaults),
	caseOf(initialBinaries, changedBinaries, func() *Binaries {
		return &Binaries{Filled: []byte("fillee"), Empty: []byte{0}, Bare: []byte("bare"), Plain: []byte("plain")}
	}),
	caseOf(fullLists, longLists, emptyLists),
	caseOf(fullSets, emptySets),
	caseOf(fullMaps, emptyMaps),
	caseOf(
		func() *Choice { return choiceOf(0) }, func() *Choice { return choiceOf(3) }, func() *Choice { return choiceOf(5) },
		func() *Choice { return choiceOf(8) },
	),
	caseOf(fullChoices, func() *Choices {
		return &Choices{Plain: choiceOf(0), Needed: choiceOf(1), Many: []*Choice{}, Named: map[string]*Choice{}}
	}),
	caseOf(
		always(KeptChoice{Mode: 5, _unknownFields: []byte{2, 0, 9, 1}}),
		always(KeptChoice{Mode: 0}),
		always(KeptChoice{Mode: 5, Blob: []byte{}}),
		func() *KeptChoice { return &KeptChoice{Mode: 5, Text: ref("t")} },
		func() *KeptChoice {
			return &KeptChoice{Mode: 5, Flags: []Choice{*choiceOf(1), *choiceOf(9)}}
		},
		func() *KeptChoice {
			return &KeptChoice{Mode: 5, Keys: []*Choices{fullChoices()}}
		},
	),
	caseOf(everything, leastEverything),
	caseOf(func() *EchoArgs { return &EchoArgs{Value: leastEverything()} }),
	caseOf(
		func() *EchoResult { return &EchoResult{Success: everything()} },
		func() *EchoResult { return &EchoResult{Refused: &Refused{Reason: "no more of these", Code: -404}} },
	),

	caseOf(fullPointTwin, always(PointTwin{})),
	caseOf(always(ScalarsTwin{Flag: true, Text: "twin", Blob: []byte{1}, Level: LevelLow, Tiny: -1})),
	caseOf(func() *OptionalsTwin { return &OptionalsTwin{Blob: ref([]byte{}), Point: fullPointTwin()} }),
	caseOf(func() *MapsTwin {
		return &MapsTwin{
			Points:   map[*KeyTwin]PointTwin{{Number: 1}: *fullPointTwin(), {Number: 2}: {}},
			Numbered: map[int32]PointTwin{1: *fullPointTwin(), 2: {}},
		}
	}),
	caseOf(everythingTwin),

	caseOf(always(ListI32{Values: []int32{1, -1}})),
	caseOf(always(SetI32{Values: []int32{1, -1, 1}})),
	caseOf(always(MapI32{Values: map[int32]int32{1: 2}})),
	caseOf(always(Rows32{Values: [][]int32{{1}, {}, {2, 3}}})),
	caseOf(always(Empty{})),
	caseOf(always(OnlyUnknown{}), always(OnlyUnknown{_unknownFields: []byte{2, 0, 1, 1}})),
	caseOf(always(EmbedsUnknown{Value: 5})),
	caseOf(
		func() *Embeds {
			return &Embeds{Base: &Base{Caller: "me", Extra: map[string]string{"a": "b"}}, Point: Point{Y: 2, Label: ref("p")}, RawBytes: RawBytes{3}}
		},
		always(Embeds{}),
	),
	caseOf(
		func() *EmbedsDefaults { return &EmbedsDefaults{Defaults: *changedDefaults(), Other: 7} },
		func() *EmbedsDefaults { return &EmbedsDefaults{Defaults: *initialDefaults()} },
	),
	caseOf(requiredIDs),
	caseOf(edgeIDs),
	caseOf(always(ListFirst{Lists: map[int32][]int32{1: {2, 3}}, Sets: map[int32][]int32{4: {5}}})),
	caseOf(always(SetFirst{Lists: map[int32][]int32{1: {2, 3}}, Sets: map[int32][]int32{4: {5}}})),
	caseOf(func() *Keeper {
		return &Keeper{
			Medium: 1, Large: 2, List: []int32{3}, Set: []int32{4}, Point: &Point{X: 5}, Text: "six",
			_unknownFields: []byte{11, 0, 9, 0, 0, 0, 1, 'u'},
		}
	}),
	caseOf(
		always(NamedKeeper{_unknownFields: RawBytes{2, 0, 9, 0}, Value: 1, Raw: RawBytes{}}),
		always(NamedKeeper{}),
	),
	caseOf(fullWeb),
	caseOf(folder),
	caseOf(func() *File { return &File{Name: "file", Parent: folder(), Archive: map[string]*Folder{}} }),
	caseOf(measures, always(Measures{})),
	caseOf(enums, always(Enums{ByKey: map[Level]string{}, List: []Level{}, Set: []Level{}})),
	caseOf(
		always(NoCopy{Text: "t", TextBeside: "tb", Blob: []byte("b"), BlobBeside: []byte("bb"), Maybe: ref("m")}),
		always(NoCopy{Blob: []byte{}, BlobBeside: []byte{}, Maybe: ref("")}),
	),
	caseOf(spellings),
	caseOf(typedefs),
	caseOf(pairs),
	caseOf(func() *Pair { return ref(fullPair(12)) }, func() *Pair { return ref(sparsePair(13)) }),
	caseOf(blocks),
	caseOf(func() *Chain { return chainOf(21) }),
	caseOf(nest),
	caseOf(hollow),
	caseOf(changedFloats, floatDefaults),
	caseOf(defaultHolder),

	caseOf(NewSmall),
	caseOf(NewMedium),
	caseOf(NewLarge),
}

func fullPointTwin() *PointTwin { return &PointTwin{X: 1, Y: 2, Label: ref("twin")} }

func everythingTwin() *EverythingTwin {
	return &EverythingTwin{
		Scalars:  ScalarsTwin{Blob: []byte{}},
		Defaults: *changedDefaults(),
		Lists:    ListsTwin{Points: []PointTwin{*fullPointTwin(), {}}, Cubes: [][][]PointTwin{{{{X: 1}}}}},
		Maps: MapsTwin{
			Points: map[*KeyTwin]PointTwin{{Number: 1}: {X: 1}}, Numbered: map[int32]PointTwin{},
		},
		Last: "last",
	}
}
