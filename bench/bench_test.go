package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/cloudwego/gopkg/protocol/thrift"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/protogen"
	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// made makes a case by its name.
func made(t *testing.T, name string, f *format) *benchmark {
	t.Helper()
	for _, d := range f.definitions() {
		if d.name == name {
			b, err := d.make(name, f)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("there is no case %s", name)
	return nil
}

func TestEnginesAgree(t *testing.T) {
	for _, f := range formats {
		for _, definition := range f.definitions() {
			b := made(t, definition.name, f)
			if err := b.verify(); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
			present := 0
			for _, engine := range b.engines {
				if engine.absent == "" {
					present++
				}
				if !slices.Contains(f.engineNames(), engine.name) {
					t.Errorf("%s has no %s", f.name, engine.name)
				}
				for direction, operation := range engine.operations {
					if direction.base() != decode && engine.encoders[direction] == nil {
						t.Errorf("%s, %s: what %s %s makes is not compared", f.name, b.name, engine.name, direction)
					}
					if err := operation(2); err != nil {
						t.Errorf("%s, %s: %s %s: %v", f.name, b.name, engine.name, direction, err)
					}
				}
			}
			if present < len(f.engineNames())-2 {
				t.Errorf("%s, %s: only %d engines take part", f.name, b.name, present)
			}
		}
	}
}

// TestFormats: each format of the library is measured; the same values are other bytes in another format, of which each engine has those of its own.
func TestFormats(t *testing.T) {
	for i, f := range formats {
		if f.wire != tagwire.Format(i) {
			t.Errorf("%v is measured in place of %v", f.wire, tagwire.Format(i))
		}
	}
	if next := tagwire.Format(len(formats)); !strings.HasPrefix(next.String(), "unknown") {
		t.Errorf("%v is not measured", next)
	}
	for _, name := range []string{"small", "list-i32"} {
		inBinary, inCompact := made(t, name, binaryFormat).message, made(t, name, compactFormat)
		if inBinary[0] == inCompact.message[0] {
			t.Errorf("%s: both messages begin with %#x", name, inBinary[0])
		}
		for _, engine := range inCompact.engines {
			want := inCompact.message
			if strings.Contains(engine.name, "binary") || engine.name == byHand {
				want = inBinary
			}
			if !bytes.Equal(engine.message, want) {
				t.Errorf("%s: %s has a message of %d bytes, want %d", name, engine.name, len(engine.message), len(want))
			}
		}
	}
}

// TestVarints: the numbers have the lengths that the table of the README says, in an order of chance.
func TestVarints(t *testing.T) {
	var shares [6]int
	var same, last int
	for i, number := range varintI32s().Values {
		if int64(number) != varintI64s().Values[i] {
			t.Fatalf("element %d is %d and %d", i, number, varintI64s().Values[i])
		}
		zigzag := uint64(uint32(number<<1 ^ number>>31))
		length := len(binary.AppendUvarint(nil, zigzag))
		shares[length]++
		if length == last {
			same++
		}
		last = length
	}
	for i, want := range varintShares {
		if got := shares[i+1] * 100 / listLength; got < int(want)-3 || got > int(want)+3 {
			t.Errorf("%d of a hundred have %d bytes, want %d", got, i+1, want)
		}
	}
	// By chance the sum of the squares of the shares: 26 in a hundred.
	if same < 200 || same > 330 {
		t.Errorf("%d of %d lengths are those of their neighbours", same, listLength)
	}
}

// TestPageEnd: the texts of the case page-end and its message end where a page does.
func TestPageEnd(t *testing.T) {
	checkEnd := func(end uintptr) {
		if guard.Protected && end%uintptr(os.Getpagesize()) != 0 {
			t.Errorf("%#x is not the end of a page", end)
		}
	}
	texts := pageEndValue().Texts
	for _, text := range texts {
		checkEnd(uintptr(unsafe.Pointer(unsafe.StringData(text))) + uintptr(len(text))) // what is mapped stays
	}
	for _, f := range formats {
		message := made(t, "page-end", f).message
		checkEnd(uintptr(unsafe.Pointer(unsafe.SliceData(message))) + uintptr(len(message))) // what is mapped stays
		if len(texts) == 0 || len(message) > 63 {
			t.Errorf("%d texts in %d bytes", len(texts), len(message))
		}
	}
}

// TestDefinitions: each case is in a group, families are neighbours in one group, and a quick run has one case of each, or all of packed.
func TestDefinitions(t *testing.T) {
	for _, f := range formats {
		testDefinitions(t, f.definitions())
	}
	for _, d := range thriftDefinitions {
		if d.family != "" {
			// A key that is there twice would make a smaller map.
			if entries := binary.BigEndian.Uint32(made(t, d.name, binaryFormat).message[5:]); int(entries) != d.elements {
				t.Errorf("%s has %d entries, want %d", d.name, entries, d.elements)
			}
		}
	}
}

func testDefinitions(t *testing.T, definitions []definition) {
	seen, quick := map[string]bool{}, map[string]int{}
	previous := ""
	for _, d := range definitions {
		if !slices.Contains(groups, d.group) || seen[d.name] || seen[d.counted()] && d.counted() != previous {
			t.Errorf("%s: group %q, or its name or family %q is there twice", d.name, d.group, d.family)
		}
		previous = d.counted()
		seen[d.name], seen[previous] = true, true
		if !d.long {
			quick[previous]++
		}
	}
	for name := range seen {
		if d := slices.IndexFunc(definitions, func(d definition) bool { return d.counted() == name }); d >= 0 && quick[name] != 1 && name != packed {
			t.Errorf("a quick run has %d cases of %s", quick[name], name)
		}
	}
}

// TestOrder: the order is the quickstart's.
func TestOrder(t *testing.T) {
	want, err := os.ReadFile("../examples/quickstart/order.bin")
	if err != nil {
		t.Fatal(err)
	}
	if got := made(t, "order", binaryFormat).message; !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

// TestUnknown: about half of the message of that case is unknown to the type.
func TestUnknown(t *testing.T) {
	for _, f := range []*format{binaryFormat, compactFormat} {
		for _, engine := range made(t, "unknown", f).engines {
			if engine.absent == "" && (len(engine.written) < len(engine.message)*2/5 || len(engine.written) > len(engine.message)*3/5) {
				t.Errorf("%s: %s writes %d bytes after a message of %d", f.name, engine.name, len(engine.written), len(engine.message))
			}
		}
	}
}

func TestVerifyFindsADifference(t *testing.T) {
	for _, f := range formats {
		other := made(t, "small", f)
		for i := range other.engines {
			b := made(t, "small", f)
			if b.engines[i].absent != "" {
				continue
			}
			b.engines[i].message = bytes.Replace(b.engines[i].message, []byte("a"), []byte("b"), 1)
			if b.verify() == nil && len(b.engines[i].encoders) > 0 {
				t.Errorf("%s, %s: the message of another value passes", f.name, b.engines[i].name)
			}
			for direction := range b.engines[i].encoders {
				b = made(t, "small", f)
				b.engines[i].encoders[direction] = func() ([]byte, error) { return []byte{0}, nil }
				if b.verify() == nil {
					t.Errorf("%s, %s: an encoder that loses every field passes, %s", f.name, b.engines[i].name, direction)
				}
			}
			for direction := range b.engines[i].remarshal {
				b = made(t, "small", f)
				b.engines[i].remarshal[direction] = func([]byte) ([]byte, error) { return []byte{0}, nil }
				if b.verify() == nil {
					t.Errorf("%s, %s: a decoder that loses every field passes", f.name, b.engines[i].name)
				}
			}
		}
	}
}

// TestFastCodecRefusesCutInput holds the hand-written decoders to what generated ones do: every prefix is an error.
func TestFastCodecRefusesCutInput(t *testing.T) {
	for name, target := range map[string]thrift.FastCodec{
		"small": new(Small), "medium": new(Medium), "wide": new(Wide), "strings": new(Strings), "deep": new(Deep),
		"structs": new(Structs), "list-i32": new(ListI32), "list-i64": new(ListI64), "list-double": new(ListDouble),
	} {
		data := made(t, name, binaryFormat).message
		for length := range data {
			if used, err := target.FastRead(data[:length:length]); err == nil {
				t.Fatalf("%s: a prefix of %d bytes passes, %d used", name, length, used)
			}
		}
	}
}

// TestExitsOfMedium: native code asks Go for little.
func TestExitsOfMedium(t *testing.T) {
	if !harness.HasNative() {
		t.Skip("native code cannot run here")
	}
	codec, err := tagwire.For[Medium](tagwire.WithEngine(tagwire.Native))
	if err != nil {
		t.Fatal(err)
	}
	message, err := codec.Append(nil, mediumValue(1))
	if err != nil {
		t.Fatal(err)
	}
	total := func() (n uint64) {
		for _, exits := range tagwire.Stats().Exits {
			n += exits
		}
		return n
	}
	before := total()
	if _, err := codec.Encode(message, mediumValue(1)); err != nil || total()-before > 4 {
		t.Errorf("%v, %d exits for an encode with four maps", err, total()-before)
	}
	before = total()
	if _, err := codec.Decode(message, new(Medium)); err != nil || total()-before > 25 {
		t.Errorf("%v, %d exits for a decode", err, total()-before)
	}
}

func TestFastCodecSkipsUnknownFields(t *testing.T) {
	// What Medium calls 1 and 2 is not what Small expects there: text and a list against a byte and an i64.
	target := new(Small)
	data := thrift.FastMarshal(mediumValue(1))
	if used, err := target.FastRead(data); err != nil || used != len(data) {
		t.Errorf("used %d bytes of %d: %v", used, len(data), err)
	}
	if target.Byte != 0 || target.Long != 0 || target.Real != mediumValue(1).Real {
		t.Errorf("got %+v", target)
	}
}

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		pattern, caseName string
		direction         direction
		want              bool
	}{
		{"", "small", encode, true},
		{"^small$", "small", decodeZeroCopy, true},
		{"^small$", "medium", decode, false},
		{"small/decode$", "small", decode, true},
		{"small/decode$", "small", decodeZeroCopy, false},
		{"small/decode$", "small", encode, false},
		{"small/decode-zerocopy", "small", decode, true}, // for the peers
		{"small/encode-any", "small", encode, true},
		{"small/append", "small", encode, true},
		{"small/marshal", "small", encode, false},
		{"^real$", "small", encode, false},
		{"^real$", "kitex", encode, true},
		{"^basic/decode$", "small", decode, true},
		{"^basic/decode$", "small", encode, false},
		{"^maps-i32$", "maps-i32-64", decode, true},
		{"^maps-i32/append$", "maps-i32-64", encode, true},
		{"^maps-i32-8$", "maps-i32-64", decode, false},
		{"i32$", "maps-i32-64", decode, true},
	} {
		i := slices.IndexFunc(thriftDefinitions, func(d definition) bool { return d.name == row.caseName })
		if got := matches(regexp.MustCompile(row.pattern), thriftDefinitions[i], row.direction); got != row.want {
			t.Errorf("%q, %s/%s: %v", row.pattern, row.caseName, row.direction, got)
		}
	}
}

func TestRunPrintsATable(t *testing.T) {
	var out, problems strings.Builder
	if code := run([]string{"-quick", "-count", "2", "-run", "^strings/encode-any"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	for _, want := range []string{
		`(?m)^strings +encode +apache +\d+\.\d +\d+ `,
		`(?m)^strings +encode +fastcodec +\d+\.\d +\d+ +0 +0 +\d+% +- +\d+\.\d\d +- +\d+\.\d\d$`,
		`(?m)^strings +encode-any +tagwire-reflect +\d+\.\d `,
		`(?m)^2 rounds, `,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "decode") || strings.Contains(out.String(), byHand) {
		t.Errorf("more than was asked for:\n%s", out.String())
	}
	out.Reset()
	if code := run([]string{"-quick", "-count", "1", "-floor", "-run", "^deep$"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	for _, want := range []string{`(?m)^deep +encode +by-hand +\d+\.\d `, `(?m)^deep +decode +by-hand +\d+\.\d +\d+ +2 `} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", want, out.String())
		}
	}
}

// TestRunEncodes: each way to encode has a row of ours, and of the peers that have such a call; the others are compared with what
// they have.
func TestRunEncodes(t *testing.T) {
	var out, problems strings.Builder
	if code := run([]string{"-quick", "-count", "1", "-run", "^structs/(size-encode|append|marshal)$"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	for _, want := range []string{
		`(?m)^structs +encode +apache +\d`, // the base of size-encode
		`(?m)^structs +size-encode +tagwire-reflect +\d.* 0 +0 .*\d\.\d\d +\d+\.\d\d +\d+\.\d\d$`,
		`(?m)^structs +size-encode +fastcodec +\d.*\d\.\d\d +- +\d+\.\d\d$`,
		`(?m)^structs +append +tagwire-reflect +\d.* 0 +0 .*\d\.\d\d$`,
		`(?m)^structs +append +segmentio +\d`,
		`(?m)^structs +marshal +tagwire-reflect +\d.* 1 +\d{4} .*\d\.\d\d$`,
		`(?m)^structs +marshal +fastcodec +\d.* 1 +\d{4} `,
		`(?m)^structs +marshal +apache +\d`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", want, out.String())
		}
	}
	if regexp.MustCompile(`(?m)^structs +(encode-any|decode|size-encode +(apache|segmentio))`).MatchString(out.String()) {
		t.Errorf("more than was asked for:\n%s", out.String())
	}
}

func TestRunInCompact(t *testing.T) {
	var out, problems strings.Builder
	arguments := []string{"-check", "reflect:encode/element<=0.001@^varints-i32$", "-quick", "-count", "1", "-format", "compact", "-run", "^varints-i32/encode$"}
	if code := run(arguments, &out, &problems); code != 1 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	for _, want := range []string{
		`(?m)^case .* ns/elem +/apache +/binary +/binary-reflect$`,
		`(?m)^varints-i32 +encode +tagwire-reflect +\d+\.\d .*% +\d+\.\d\d +\d+\.\d\d +\S+ +\d+\.\d\d$`,
		`(?m)^varints-i32 +encode +apache +\d+\.\d `,
		`(?m)^control large/decode apache/apache-binary>=`,
		`(?m)^check reflect:encode/element<=0\.001@\^varints-i32\$: tagwire-reflect, varints-i32 \d+\.\d\d ns FAIL$`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", want, out.String())
		}
	}
}

// TestRunInProtobuf: each peer has the directions that it can do.
func TestRunInProtobuf(t *testing.T) {
	var out, problems strings.Builder
	if code := run([]string{"-quick", "-count", "1", "-format", "protobuf", "-run", "^deep/(size-encode|decode-zerocopy|decode-arena)$"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	wanted := []string{
		`(?m)^case .* ns/elem +/protobuf-go +/vtprotobuf +/gogo +/hyperpb$`,
		`(?m)^deep +encode +gogo +\d+\.\d .* 0 +0 .*\d\.\d\d +- +n/a$`,
		`(?m)^deep +size-encode +tagwire-reflect +\d.*\d\.\d\d +\d+\.\d\d +\d+\.\d\d +n/a$`,
		`(?m)^deep +size-encode +protobuf-go +\d`,
		`(?m)^deep +decode-zerocopy +vtprotobuf +\d`,
	}
	if runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" {
		wanted = append(wanted,
			`(?m)^deep +decode +hyperpb +\d.*\d\.\d\d +\d+\.\d\d +\d+\.\d\d +-$`,
			`(?m)^deep +decode-zerocopy +hyperpb +\d`,
			`(?m)^deep +decode-arena +hyperpb +\d`)
	}
	for _, want := range wanted {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", want, out.String())
		}
	}
	if regexp.MustCompile(`(?m)^deep +(\S*encode +hyperpb|decode-zerocopy +(gogo|protobuf-go)|decode-arena +vtprotobuf)`).MatchString(out.String()) {
		t.Errorf("more than the peers can do:\n%s", out.String())
	}
}

// TestPacked: the numbers of packed-n have n bytes each.
func TestPacked(t *testing.T) {
	for length := 1; length <= 5; length++ {
		for i, number := range packedValue(length)().GetValues() {
			if got := len(binary.AppendUvarint(nil, uint64(number))); got != length {
				t.Fatalf("element %d of packed-%d has %d bytes", i, length, got)
			}
		}
	}
}

// TestProtobufInOrder: what native code writes with WithDeterministic is compared with the bytes of protobuf-go.
func TestProtobufInOrder(t *testing.T) {
	b := made(t, "medium", protobufFormat)
	value := as[protogen.Medium](mediumValue(2))()
	if deterministic(value, tagwire.Protobuf, b.message) == nil {
		t.Error("the message of another value passes")
	}
}

func TestRunRefusesBadArguments(t *testing.T) {
	for _, arguments := range [][]string{{"-check", "encode/apache"}, {"-run", "("}, {"-count", "0"}, {"-nonsense"}, {"small"},
		{"-format", "json"}, {"-format", "compact", "-check", "encode/fastcodec>=1"},
		{"-format", "protobuf", "-check", "encode/apache>=1"}, {"-format", "protobuf", "-floor"}} {
		if code := run(arguments, io.Discard, io.Discard); code != 2 {
			t.Errorf("%q: exit %d", arguments, code)
		}
	}
}
