package regress

import (
	"encoding/hex"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestRegressions decodes every entry of every file with every engine, in every way.
func TestRegressions(t *testing.T) {
	harness.EachThrift(t, func(t *testing.T, e harness.Engine) {
		var entries []Entry
		switch e.Format {
		case tagwire.ThriftBinary:
			entries = All()
		case tagwire.ThriftCompact:
			entries = Compact()
		}
		if len(entries) == 0 {
			t.Fatalf("there are no files for %v", e.Format)
		}
		for _, entry := range entries {
			t.Run(entry.Name, func(t *testing.T) { run(t, e, entry) })
		}
	})
}

func run(t *testing.T, e harness.Engine, entry Entry) {
	c, ok := cases.Find(entry.Type)
	if !ok {
		t.Fatalf("there is no case %s", entry.Type)
	}
	outcome := harness.NewDecoder(t, e, c, len(entry.Input)).Decode(entry.Input)
	harness.CheckAllocation(t, e, c, entry.Input)
	if entry.Error != "" {
		if got := outcome.String(); got != entry.Error {
			t.Errorf("got  %s\nwant %s", got, entry.Error)
		}
		return
	}
	if outcome.Err != nil || outcome.Used != entry.Used {
		t.Fatalf("got %v, want %d bytes used", outcome, entry.Used)
	}
	if got := cases.Text(outcome.Value); got != entry.Value {
		t.Errorf("got  %s\nwant %s", got, entry.Value)
	}
}

func TestParseHex(t *testing.T) {
	got, err := ParseHex("0c (0a(ff)*2 )*2 00")
	if want := "0c0affff0affff00"; err != nil || hex.EncodeToString(got) != want {
		t.Errorf("got %x, %v; want %s", got, err, want)
	}
	if _, err := ParseHex("0"); err == nil {
		t.Error("half a byte is accepted")
	}
}

func TestParseRejects(t *testing.T) {
	for name, text := range map[string]string{
		"no type":         "name: a\nhex: 00\nvalue: {}",
		"no name":         "type: Empty\nhex: 00\nvalue: {}",
		"no outcome":      "name: a\ntype: Empty\nhex: 00",
		"two outcomes":    "name: a\ntype: Empty\nhex: 00\nvalue: {}\nerror: x",
		"unknown key":     "name: a\ntype: Empty\nhex: 00\nvalue: {}\nother: x",
		"no key":          "name",
		"no hexadecimals": "name: a\ntype: Empty\nhex: zz\nvalue: {}",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
