package cases

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// both returns the cases of both languages.
func both() []Case { return append(All()[:len(All()):len(All())], Protobuf()...) }

func TestTextTellsApart(t *testing.T) {
	zero := int32(0)
	values := []any{
		Optionals{}, Optionals{Medium: &zero}, Optionals{Numbers: []int32{}}, Optionals{Numbers: []int32{0}},
		Optionals{Counts: map[string]int32{}}, Optionals{Blob: []byte{}}, Optionals{Point: &Point{}},
		Optionals{Point: &Point{X: math.Copysign(0, -1)}}, Optionals{Point: &Point{X: math.NaN()}},
		Optionals{Point: &Point{X: DefaultNaN}},
		Pairs{First: Pair{Inner: SubPair{Value: 1}}}, Pairs{Second: Pair{Inner: SubPair{Value: 1}}},
		OnlyUnknown{_unknownFields: []byte{1}}, OnlyUnknown{_unknownFields: []byte{}},
	}
	seen := map[string]int{}
	for i, v := range values {
		if j, ok := seen[Text(v)]; ok {
			t.Errorf("values %d and %d have one text: %s", i, j, Text(v))
		}
		seen[Text(v)] = i
		for j := range i {
			if Equal(v, values[j]) {
				t.Errorf("values %d and %d are equal: %s", i, j, Text(v))
			}
		}
		if !Equal(v, v) {
			t.Errorf("value %d is not equal to itself: %s", i, Text(v))
		}
	}
}

// TestEqualIsAsTextSeesIt compares samples, and copies with one byte of the source changed, in both ways.
func TestEqualIsAsTextSeesIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	same, different := 0, 0
	for _, c := range both() {
		values := append(c.Samples(), c.New())
		for range 40 {
			source := make([]byte, random.IntN(120))
			for n := range source {
				source[n] = byte(random.Uint32())
			}
			for range 3 {
				value := c.New()
				Fill(value, source)
				values = append(values, value)
				if len(source) > 0 && random.IntN(2) == 0 {
					source[random.IntN(len(source))]++
				}
			}
		}
		for i := range values {
			for j := max(0, i-4); j <= i; j++ {
				want := Text(values[i]) == Text(values[j])
				if Equal(values[i], values[j]) != want || Equal(values[j], values[i]) != want {
					t.Errorf("%s: want %v of\n%s\n%s", c.Name, want, Text(values[i]), Text(values[j]))
				}
				if want {
					same++
				} else {
					different++
				}
			}
		}
	}
	if same < 1000 || different < 1000 {
		t.Errorf("%d are the same, %d differ", same, different)
	}
	if !Equal(Small{}, &Small{}) || !Equal(nil, nil) || Equal(nil, Small{}) {
		t.Error("what Equal says of a struct and a pointer to one, or of nil")
	}
}

func TestTextForm(t *testing.T) {
	got := Text(&Tree{
		Value: 1, Left: &Tree{}, Children: []*Tree{{Value: 2}, nil},
		Named: map[string]*Tree{"b": nil, "a": {Value: 3}},
	})
	want := `{Children: [&{Value: 2} nil], Left: &{}, Named: map["a": &{Value: 3}, "b": nil], Value: 1}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNamesAreUniqueAndSamplesFresh(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range both() {
		if seen[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		seen[c.Name] = true
		first, second := c.Samples(), c.Samples()
		if len(first) == 0 {
			t.Errorf("%s has no samples", c.Name)
		}
		for i := range first {
			if !Equal(first[i], second[i]) {
				t.Errorf("%s: sample %d differs from call to call", c.Name, i)
			}
			if Of(first[i]).Name != c.Name {
				t.Errorf("%s: sample %d has another type", c.Name, i)
			}
		}
	}
}

func TestOneEntryCutsEveryMap(t *testing.T) {
	got := OneEntry(fullMaps()).(*Maps)
	for name, n := range map[string]int{
		"Flags": len(got.Flags), "Reals": len(got.Reals), "Points": len(got.Points), "Nested": len(got.Nested),
		"Nested.deep": len(got.Nested["deep"]), "Nested.deep.1": len(got.Nested["deep"][1]) - 1,
	} {
		if n != 1 {
			t.Errorf("%s keeps %d entries", name, n)
		}
	}
	type keyed map[*Maps]bool
	key := fullMaps()
	OneEntry(&keyed{key: true})
	if len(key.Flags) != 1 {
		t.Errorf("a key keeps a map of %d entries", len(key.Flags))
	}
	if got.Flags[false] != "no" {
		t.Errorf("the first entry of Flags did not stay: %v", got.Flags)
	}
}

func TestFill(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	bytes := make([]byte, 4096)
	random.Read(bytes)
	for _, c := range both() {
		once, again, none := c.New(), c.New(), c.New()
		Fill(once, bytes)
		Fill(again, bytes)
		Fill(none, nil)
		if !Equal(once, again) {
			t.Errorf("%s: the same bytes give different values", c.Name)
		}
		if len(fieldsByName(c.Type)) > 1 && Equal(once, none) {
			t.Errorf("%s: the bytes make no difference", c.Name)
		}
	}
}

// TestRandomTypes: a seed stands for one type, and types have all that they may have.
func TestRandomTypes(t *testing.T) {
	var text string
	fields := map[int]bool{}
	for seed := range uint64(300) {
		random := RandomType(seed)
		if RandomType(seed) != random {
			t.Fatalf("seed %d stands for two types", seed)
		}
		text += random.String()
		fields[random.NumField()] = true
	}
	for _, part := range []string{
		"default", "required", "optional", "nocopy", "frugal", "thrift", "list<list<", "set<map<", "map<AnyName:",
		"*[]uint8", "*string", "*cases.Shade", "[]struct {", "[]*struct {", "map[string]struct {", "cases.Tree",
		"_unknownFields", "65", "interface {}", "map[float64]", "bool", "int8", "int16", "int32", "int64", " int ",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no type has %q", part)
		}
	}
	if !fields[0] || len(fields) < 15 {
		t.Errorf("numbers of fields: %v", fields)
	}
}

// TestRandomProtobufTypes: a seed stands for one type, and types have all that they may have.
func TestRandomProtobufTypes(t *testing.T) {
	var text string
	for seed := range uint64(400) {
		random := RandomProtobufType(seed)
		if RandomProtobufType(seed) != random {
			t.Fatalf("seed %d stands for two types", seed)
		}
		text += random.String()
	}
	for _, part := range []string{
		"zigzag", "fixed", "unpacked", "required", "optional", "oneof=first", "oneof=second", "bytes", "key=zigzag", "val=fixed", "group,",
		"*[]uint8", "[][]uint8", "*string", "[]cases.Rank", "[]struct {", "[]*struct {", "map[string]struct {", "map[bool]", "cases.ProtoTree",
		"_unknownFields", "interface {}", "float32", "uint ", "uint64", "*cases.ProtoWrapped",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no type has %q", part)
		}
	}
}

func TestEnlarge(t *testing.T) {
	value := &struct {
		Text string              `frugal:"1,default,string"`
		Blob []byte              `frugal:"2,default,binary"`
		List []*string           `frugal:"3,default,list<string>"`
		Map  map[string][]string `frugal:"4,default,map<string:list<string>>"`
		NaNs map[float64]int8    `frugal:"5,default,map<double:i8>"`
	}{
		Text: "text", List: []*string{ref("a"), nil}, Map: map[string][]string{"y": {"long as it is"}, "x": nil},
		NaNs: map[float64]int8{math.NaN(): 1, math.Log(-1): 2, 0: 3},
	}
	Enlarge(value, 10, 0)
	if value.Text != "text|5...." || value.Blob != nil || *value.List[0] != "a|1......." {
		t.Errorf("%+v", value)
	}
	list, ok := value.Map["y|3......."]
	if _, short := value.Map["x"]; !ok || !short || list[0] != "long as it is" || len(value.NaNs) != 3 {
		t.Errorf("%+v", value)
	}
}

// TestTidy: what Protobuf would not write is absent, and what it would write is there.
func TestTidy(t *testing.T) {
	value := &ProtoWrapped{Loose: []int32{}, Ranks: map[int64]Rank{}, Blocks: []ProtoBlock{}, Blob: []byte{}, Choice: &ProtoWrappedBlob{}}
	Complete(value)
	if value.Loose != nil || value.Ranks != nil || value.Blocks != nil || value.Blob == nil || value.Choice.(*ProtoWrappedBlob).Blob == nil {
		t.Errorf("%+v", value)
	}
	lists := &ProtoLists{Blobs: [][]byte{nil}, Points: []*ProtoBlock{nil}}
	Complete(lists)
	if lists.Blobs[0] == nil || lists.Points[0] == nil {
		t.Errorf("%+v", lists)
	}
	maps := &ProtoMaps{Blobs: map[string][]byte{"": nil}, Points: map[string]*ProtoBlock{"": nil}}
	Complete(maps)
	if maps.Blobs[""] == nil || maps.Points[""] == nil {
		t.Errorf("%+v", maps)
	}
	if needs := Complete(&ProtoRequireds{}).(*ProtoRequireds); needs.Blob == nil {
		t.Errorf("%+v", needs)
	}
}

// TestFilledOneofs: of a oneof at most one member is set, and each is now and then.
func TestFilledOneofs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[int]int{}
	for range 500 {
		source := make([]byte, 60)
		for i := range source {
			source[i] = byte(random.Uint32())
		}
		value := new(ProtoChoices)
		Fill(value, source)
		set := 0
		for i, is := range []bool{value.Flag != nil, value.Real != nil, value.Block != nil, value.Fixed != nil} {
			if is {
				set++
				seen[i]++
			}
		}
		if set > 1 {
			t.Fatalf("%d members are set: %s", set, Text(value))
		}
	}
	if len(seen) != 4 {
		t.Errorf("members that were set: %v", seen)
	}
}
