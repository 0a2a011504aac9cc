package harness

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
)

func TestVerdict(t *testing.T) {
	for _, row := range []struct {
		stats   tagwire.Statistics
		partial bool
		want    string
	}{
		{tagwire.Statistics{NativeCalls: 1, ReflectCalls: 1}, false, ""},
		{tagwire.Statistics{ReflectCalls: 1}, true, ""},
		{tagwire.Statistics{ReflectCalls: 1}, false, "nothing ran natively"},
		{tagwire.Statistics{NativeCalls: 9, Refusals: 2}, false, "native code refused 2 calls that reflection took"},
		{tagwire.Statistics{NativeCalls: 9, Refusals: 2}, true, "native code refused 2 calls that reflection took"},
	} {
		if got := verdict(row.stats, row.partial); got != row.want {
			t.Errorf("%+v: got %q, want %q", row, got, row.want)
		}
	}
	for _, row := range []struct {
		system, architecture, engine string
		want                         bool
	}{
		{"linux", "amd64", "", true}, {"linux", "amd64", "native", true}, {"linux", "amd64", "reflect", false}, {"linux", "arm64", "", true},
		{"linux", "386", "", false}, {"windows", "amd64", "", false},
	} {
		if got := meantNative(row.system, row.architecture, row.engine); got != row.want {
			t.Errorf("%+v: got %v", row, got)
		}
	}
}

func TestEveryCaseHasAConstructor(t *testing.T) {
	for _, f := range Formats {
		for _, c := range CasesIn(f.Format) {
			if constructors[c.Name] == nil {
				t.Errorf("add %s to constructors", c.Name)
			}
		}
	}
}

// ByHand must not exceed what Go really takes, or the bound would be no bound.
func TestByHandIsWhatBuildingTakes(t *testing.T) {
	for _, entries := range []int{0, 1, 7, 8, 9, 20, 100, 1000, 5000} {
		var built *cases.Maps
		allocated := LeastAllocated(func() {
			built = &cases.Maps{Larges: make(map[int64]int64, entries)}
			for i := range entries {
				built.Larges[int64(i)] = 1
			}
			built.Blobs = map[string][]byte{"x": bytes.Repeat([]byte{1}, 10*entries)}
		})
		counted := ByHand(built) + 200 // the struct
		if counted > allocated*3/2+1000 || allocated > counted*3/2+1000 {
			t.Errorf("%d entries: counted %d bytes, allocated %d", entries, counted, allocated)
		}
	}
}

func TestAllocatedSeesTheHeap(t *testing.T) {
	var kept []byte
	if got := Allocated(func() { kept = make([]byte, 1<<20) }); got < 1<<20 {
		t.Errorf("Allocated sees %d of %d bytes", got, len(kept))
	}
	if got := Kept(func() any { return make([]byte, 1<<20) }); got < 1<<20 {
		t.Errorf("Kept sees %d of %d bytes", got, 1<<20)
	}
	if got := Kept(func() any { kept = make([]byte, 1<<20); kept = nil; return kept }); got > 1<<18 {
		t.Errorf("Kept counts %d bytes of garbage", got)
	}
}

func TestGrowStackGrows(t *testing.T) {
	onFreshStack(func() {
		var place [64]byte
		before := addressOf(&place)
		growStack(100)
		if addressOf(&place) == before {
			t.Error("the stack did not move")
		}
	})
}

func TestRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		want    bool
	}{
		"nothing":             {nil, false},
		"two fields":          {[]byte{2, 0, 1, 0, 2, 0, 2, 0, 0}, false},
		"a field twice":       {[]byte{2, 0, 1, 0, 3, 0, 1, 0, 0}, true},
		"twice, cut":          {[]byte{2, 0, 1, 0, 3, 0, 1}, true},
		"in two structs":      {[]byte{15, 0, 1, 12, 0, 0, 0, 2, 2, 0, 1, 0, 0, 2, 0, 1, 0, 0, 0}, false},
		"twice in an element": {[]byte{15, 0, 1, 12, 0, 0, 0, 1, 2, 0, 1, 0, 2, 0, 1, 0, 0, 0}, true},
		"two keys":            {[]byte{13, 0, 1, 3, 3, 0, 0, 0, 2, 1, 9, 2, 9, 0}, false},
		"a key twice":         {[]byte{13, 0, 1, 3, 3, 0, 0, 0, 2, 1, 9, 1, 9, 0}, true},
		"false twice":         {[]byte{13, 0, 1, 2, 3, 0, 0, 0, 2, 0, 9, 2, 9, 0}, true},
		"negative count":      {[]byte{13, 0, 1, 2, 3, 255, 0, 0, 2, 0, 9, 2, 9, 0}, false},
	} {
		if got := repeats(tagwire.ThriftBinary, nil, c.message); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestCompactRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		want    bool
	}{
		"nothing":             {nil, false},
		"two fields":          {[]byte{0x11, 0x12, 0}, false},
		"a field twice":       {[]byte{0x11, 0x02, 2, 0}, true},
		"twice, cut":          {[]byte{0x15, 0x80, 0x01, 0x02, 2}, true},
		"ids that wrap":       {[]byte{0x11, 0x01, 1, 0x21, 0}, true},
		"in two structs":      {[]byte{0x19, 0x2c, 0x11, 0, 0x11, 0, 0}, false},
		"twice in an element": {[]byte{0x19, 0x1c, 0x11, 0x01, 2, 0, 0}, true},
		"two keys":            {[]byte{0x1b, 2, 0x33, 1, 9, 2, 9, 0}, false},
		"a key twice":         {[]byte{0x1b, 2, 0x33, 1, 9, 1, 9, 0}, true},
		"a padded key":        {[]byte{0x1b, 2, 0x53, 1, 9, 0x81, 0, 9, 0}, true},
		"a padded string":     {[]byte{0x1b, 2, 0x83, 1, 'a', 9, 0x81, 0, 'a', 9, 0}, true},
		"false twice":         {[]byte{0x1b, 2, 0x13, 0, 9, 2, 9, 0}, true},
		"empty map":           {[]byte{0x1b, 0, 0}, false},
		"a long list":         {[]byte{0x19, 0xf3, 2, 1, 1, 0x11, 0x01, 4, 0}, true},
	} {
		if got := repeats(tagwire.ThriftCompact, nil, c.message); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestProtobufRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		typ     any
		message string
		want    bool
	}{
		"nothing":                {cases.ProtoTree{}, "", false},
		"two fields":             {cases.ProtoTree{}, "\x08\x01\x40\x02", false},
		"a field twice":          {cases.ProtoTree{}, "\x08\x01\x08\x02", true},
		"twice in a message":     {cases.ProtoTree{}, "\x12\x04\x08\x01\x08\x02", true},
		"twice, cut":             {cases.ProtoTree{}, "\x08\x01\x08\x02\x12", true},
		"in two messages":        {cases.ProtoTree{}, "\x12\x02\x08\x01\x1a\x02\x08\x02", false},
		"two elements":           {cases.ProtoTree{}, "\x22\x00\x22\x00", false},
		"twice in an element":    {cases.ProtoTree{}, "\x22\x04\x40\x01\x40\x02", true},
		"two members of a oneof": {cases.ProtoTree{}, "\x3a\x00\x40\x01", true},
		"two wrapped members":    {cases.ProtoWrapped{}, "\x5a\x00\x68\x01", true},
		"unknown fields":         {cases.ProtoNothing{}, "\x08\x01\x08\x01", false},
		"two keys":               {cases.ProtoMaps{}, "\x12\x02\x08\x01\x12\x02\x08\x02", false},
		"a key twice":            {cases.ProtoMaps{}, "\x12\x02\x08\x01\x12\x03\x08\x81\x00", true},
		"no key, and zero":       {cases.ProtoMaps{}, "\x12\x00\x12\x02\x08\x00", true},
		"true twice":             {cases.ProtoMaps{}, "\x0a\x02\x08\x01\x0a\x02\x08\x05", true},
		"a text twice":           {cases.ProtoMaps{}, "\x5a\x03\x0a\x01a\x5a\x04\x0a\x81\x00a", true},
		"keys of two maps":       {cases.ProtoMaps{}, "\x12\x02\x08\x01\x1a\x02\x08\x01", false},
		"in a group":             {cases.ProtoGroups{}, "\x0b\x08\x01\x08\x02\x0c", true},
		"two groups of a list":   {cases.ProtoGroups{}, "\x13\x08\x01\x14\x13\x08\x01\x14", false},
	} {
		if got := repeats(tagwire.Protobuf, reflect.TypeOf(c.typ), []byte(c.message)); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// No struct of the corpus may outgrow what the bound for repeated fields assumes.
func TestLargestStruct(t *testing.T) {
	for _, f := range Formats {
		for _, c := range CasesIn(f.Format) {
			if c.Type.Size() > largestStruct {
				t.Errorf("%s takes %d bytes", c.Name, c.Type.Size())
			}
		}
	}
}

// TestFormats: each wire format of the library is tried.
func TestFormats(t *testing.T) {
	prefixes := map[string]bool{}
	for number, f := range Formats {
		if f.Format != tagwire.Format(number) {
			t.Errorf("%v is at %d in Formats", f.Format, number)
		}
		if prefixes[f.Prefix] {
			t.Errorf("another format than %v has the prefix %q too", f.Format, f.Prefix)
		}
		prefixes[f.Prefix] = true
		if growthPrefixes[f.Format] == nil {
			t.Errorf("growthPrefixes lacks %v", f.Format)
		}
	}
	if next := tagwire.Format(len(Formats)); !strings.HasPrefix(next.String(), "unknown") {
		t.Errorf("Formats lacks %v", next)
	}
}
