package cases

import (
	"embed"
	"path"
)

// Specimen is one message made by another library, and the value it stands for.
type Specimen struct {
	// Name says which library made it and what it holds, such as "python/lists-full".
	Name string
	// Bytes is the message.
	Bytes []byte
	// Want is the value, a pointer to one of the struct types of this package.
	Want any
}

//go:embed specimens/*/*.bin specimens/python/call.message
var specimenFiles embed.FS

// Specimens returns the messages that Apache Thrift's Python and Go libraries made. Those of Go hold
// OneEntry of the values, because its maps have no fixed order.
func Specimens() []Specimen {
	var specimens []Specimen
	for _, s := range SpecimenValues() {
		specimens = append(specimens,
			Specimen{"python/" + s.Name, readSpecimen("python/" + s.Name + ".bin"), s.Build()},
			Specimen{"apache-go/" + s.Name, readSpecimen("apache-go/" + s.Name + ".bin"), OneEntry(s.Build())})
	}
	return specimens
}

// ProtobufSpecimens returns the messages that Google's Python library for Protobuf made, maps in the order of their keys.
func ProtobufSpecimens() []Specimen {
	specimens := []Specimen{
		{"scalars-full", nil, fullProtoScalars()},
		{"scalars-extreme", nil, extremeProtoScalars()},
		{"scalars-none", nil, &ProtoScalars{}},
		{"optionals-full", nil, fullProtoOptionals()},
		{"requireds", nil, fullProtoRequireds()},
		{"lists-full", nil, fullProtoLists()},
		{"maps-full", nil, fullProtoMaps()},
		{"tree", nil, fullProtoTree()},
		{"numbers", nil, fullProtoNumbers()},
		{"groups", nil, &ProtoGroups{One: &ProtoBlock{Number: 1, Text: "one"}, Many: []*ProtoBlock{{}, {Text: "many"}}, Last: ref(int32(0))}},
	}
	for i := range specimens {
		specimens[i].Name = "python-protobuf/" + specimens[i].Name
		specimens[i].Bytes = readSpecimen(specimens[i].Name + ".bin")
	}
	return specimens
}

// CallMessage is a message in a strict envelope, method "echo" with sequence number 77, made by Python.
// EchoArgs is what it carries.
func CallMessage() []byte { return readSpecimen("python/call.message") }

// SpecimenValue names a value of which each library makes a specimen.
type SpecimenValue struct {
	Name  string
	Build func() any
}

// SpecimenValues lists what the specimens hold; specimens/python/make.py holds the same list.
func SpecimenValues() []SpecimenValue {
	return []SpecimenValue{
		{"scalars-full", func() any { return fullScalars() }},
		{"scalars-extreme", func() any { return extremeScalars() }},
		{"scalars-infinite", func() any { return infiniteScalars() }},
		{"optionals-none", func() any { return &Optionals{} }},
		{"optionals-full", func() any { return fullOptionals() }},
		{"requireds", func() any { return fullRequireds() }},
		{"defaults-initial", func() any { return initialDefaults() }},
		{"defaults-changed", func() any { return changedDefaults() }},
		{"binaries-initial", func() any { return initialBinaries() }},
		{"binaries-changed", func() any { return changedBinaries() }},
		{"lists-full", func() any { return fullLists() }},
		{"lists-long", func() any { return longLists() }},
		{"lists-empty", func() any { return emptyLists() }},
		{"sets-full", func() any { return fullSets() }},
		{"sets-empty", func() any { return emptySets() }},
		{"maps-full", func() any { return fullMaps() }},
		{"maps-empty", func() any { return emptyMaps() }},
		{"tree", func() any { return fullTree() }},
		{"choices", func() any { return fullChoices() }},
		{"everything", func() any { return everything() }},
		{"everything-least", func() any { return leastEverything() }},
		{"echo-args", func() any { return &EchoArgs{Value: everything()} }},
		{"echo-success", func() any { return &EchoResult{Success: everything()} }},
		{"echo-refused", func() any {
			return &EchoResult{Refused: &Refused{Reason: "no more of these", Code: -404}}
		}},
	}
}

func readSpecimen(name string) []byte {
	data, err := specimenFiles.ReadFile(path.Join("specimens", name))
	if err != nil {
		panic("cases: " + err.Error())
	}
	return data
}
