package apache

import (
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestUnionsAsApacheWritesThem: of every set of members we write what Apache writes and refuse what it refuses.
func TestUnionsAsApacheWritesThem(t *testing.T) {
	text, number, level := "", int32(0), cases.LevelLow
	members := []func(*cases.Choice){
		func(c *cases.Choice) { c.Text = &text }, func(c *cases.Choice) { c.Number = &number }, func(c *cases.Choice) { c.Point = &cases.Point{} },
		func(c *cases.Choice) { c.Numbers = []int32{} }, func(c *cases.Choice) { c.Blob = []byte{} },
		func(c *cases.Choice) { c.Counts = map[string]int32{} }, func(c *cases.Choice) { c.Words = []string{} },
		func(c *cases.Choice) { c.Level = &level }, func(c *cases.Choice) { c.Inner = &cases.Choice{Text: &text} },
		func(c *cases.Choice) { c.Key = &cases.Key{} },
	}
	twin := convert.TwinOf("Choice")
	written := 0
	for set := range 1 << len(members) {
		value := &cases.Choice{}
		var message []byte // all of them, one after the other
		for i, member := range members {
			if set>>i&1 == 1 {
				member(value)
				alone := &cases.Choice{}
				member(alone)
				data, err := tagwire.Marshal(alone)
				if err != nil {
					t.Fatal(err)
				}
				message = append(message, data[:len(data)-1]...)
			}
		}
		message = append(message, 0)
		apache := twin.NewApache()
		convert.Copy(apache, value)
		want, refused := convert.Marshal(apache)
		for _, e := range harness.Engines() {
			got, err := tagwire.Marshal(value, e.Options()...)
			if (err == nil) != (refused == nil) || string(got) != string(want) {
				t.Errorf("%s, %s: %x, %v; Apache writes %x, %v", e.Name, cases.Text(value), got, err, want, refused)
			}
		}
		if refused == nil {
			written++
		}
		// What holds several members, or none, is read by both alike.
		again := twin.NewApache()
		if _, err := convert.Unmarshal(message, again); err != nil {
			t.Fatal(err)
		}
		for _, e := range harness.Engines() {
			read := &cases.Choice{}
			if err := tagwire.Unmarshal(message, read, e.Options()...); err != nil || cases.Text(read) != cases.Text(again) {
				t.Errorf("%s: %s, %v; Apache reads %s", e.Name, cases.Text(read), err, cases.Text(again))
			}
		}
	}
	if written != len(members) {
		t.Errorf("Apache writes %d", written)
	}
}
