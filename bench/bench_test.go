package main

import (
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/cloudwego/gopkg/protocol/thrift"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/guard"
)

func TestEnginesAgree(t *testing.T) {
	for _, definition := range definitions {
		b := definition.make(definition.name)
		if err := b.verify(); err != nil {
			t.Error(err)
		}
		present := 0
		for _, engine := range b.engines {
			if engine.absent == "" {
				present++
			}
			for direction, operation := range engine.operations {
				if err := operation(2); err != nil {
					t.Errorf("%s: %s %s: %v", b.name, engine.name, direction, err)
				}
			}
		}
		if present < 4 {
			t.Errorf("%s: only %d engines take part", b.name, present)
		}
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
	for _, d := range definitions {
		if d.name != "page-end" {
			continue
		}
		message := d.make(d.name).message
		checkEnd(uintptr(unsafe.Pointer(unsafe.SliceData(message))) + uintptr(len(message))) // what is mapped stays
		if len(texts) == 0 || len(message) > 63 {
			t.Errorf("%d texts in %d bytes", len(texts), len(message))
		}
		return
	}
	t.Error("there is no such case")
}

func TestVerifyFindsADifference(t *testing.T) {
	b := definitions[0].make("small")
	b.message = thrift.FastMarshal(smallValue(2))
	if b.verify() == nil {
		t.Error("the message of another value passes")
	}
	b = definitions[0].make("small")
	for i := range b.engines {
		for direction := range b.engines[i].remarshal {
			b.engines[i].remarshal[direction] = func([]byte) ([]byte, error) { return thrift.FastMarshal(new(Small)), nil }
		}
	}
	if b.verify() == nil {
		t.Error("decoders that lose every field pass")
	}
}

// TestFastCodecRefusesCutInput holds the hand-written decoders to what generated ones do: every prefix is an error.
func TestFastCodecRefusesCutInput(t *testing.T) {
	for name, target := range map[string]thrift.FastCodec{
		"small": new(Small), "medium": new(Medium), "wide": new(Wide), "strings": new(Strings), "deep": new(Deep),
		"structs": new(Structs), "list-i32": new(ListI32), "list-i64": new(ListI64), "list-double": new(ListDouble),
	} {
		for _, definition := range definitions {
			if definition.name != name {
				continue
			}
			data := definition.make(name).message
			for length := range data {
				if used, err := target.FastRead(data[:length:length]); err == nil {
					t.Fatalf("%s: a prefix of %d bytes passes, %d used", name, length, used)
				}
			}
		}
	}
}

// TestExitsOfMedium: native code asks Go for little.
func TestExitsOfMedium(t *testing.T) {
	codec, err := tagwire.For[Medium](tagwire.WithEngine(tagwire.Native))
	if runtime.GOARCH != "amd64" {
		if err == nil {
			t.Fatal("there is native code for this processor by now; count its exits")
		}
		return
	}
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
	} {
		if got := matches(regexp.MustCompile(row.pattern), row.caseName, row.direction); got != row.want {
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
		`(?m)^strings +encode +fastcodec +\d+\.\d +\d+ +0 +0 +\d+% +\d+\.\d\d +- +\d+\.\d\d$`,
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

func TestRunRefusesBadArguments(t *testing.T) {
	for _, arguments := range [][]string{{"-check", "encode/apache"}, {"-run", "("}, {"-count", "0"}, {"-nonsense"}, {"small"}} {
		if code := run(arguments, io.Discard, io.Discard); code != 2 {
			t.Errorf("%q: exit %d", arguments, code)
		}
	}
}
