package apache

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestSpecimensAreCurrent makes Apache's specimens again.
func TestSpecimensAreCurrent(t *testing.T) {
	made := map[string][]byte{}
	for _, s := range cases.SpecimenValues() {
		value := cases.OneEntry(s.Build())
		apache := convert.TwinOf(cases.Of(value).Name).NewApache()
		convert.Copy(apache, value)
		data, err := convert.Marshal(apache)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		made["apache-go/"+s.Name] = data
	}
	for _, s := range cases.Specimens() {
		if want, ok := made[s.Name]; ok && !bytes.Equal(s.Bytes, want) {
			t.Errorf("%s: run make.sh in fuzz/cases/specimens\ngot  %x\nwant %x", s.Name, s.Bytes, want)
		}
	}
}

// TestApacheReadsSpecimens has Apache Go read what Apache Python wrote: the corpus agrees with itself.
func TestApacheReadsSpecimens(t *testing.T) {
	for _, s := range cases.Specimens() {
		apache := convert.TwinOf(cases.Of(s.Want).Name).NewApache()
		if used, err := convert.Unmarshal(s.Bytes, apache); err != nil || used != len(s.Bytes) {
			t.Errorf("%s: %d of %d bytes, %v", s.Name, used, len(s.Bytes), err)
		}
		if got, want := cases.Text(apache), cases.Text(s.Want); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", s.Name, got, want)
		}
	}
}

// TestSamples exchanges every sample with Apache in both directions.
func TestSamples(t *testing.T) {
	for _, twin := range convert.Twins() {
		for _, value := range twin.Case.Samples() {
			exchange(t, twin, value)
		}
	}
}

// TestRandomValues exchanges values made from random bytes.
func TestRandomValues(t *testing.T) {
	random := rand.NewChaCha8([32]byte{3})
	source := make([]byte, 400)
	for range 200 {
		random.Read(source)
		for _, twin := range convert.Twins() {
			value := twin.Case.New()
			cases.Fill(value, source)
			exchange(t, twin, value)
		}
	}
}

// exchange has Apache read what we write, and us read what Apache writes.
func exchange(t *testing.T, twin convert.Twin, value any) {
	t.Helper()
	for _, e := range harness.ThriftEngines() {
		ours, err := tagwire.Marshal(value, e.Options(tagwire.WithDeterministic())...)
		if err != nil {
			t.Fatalf("%s, %s: %v", e.Name, twin.Case.Name, err)
		}
		apache := twin.NewApache()
		if used, err := convert.UnmarshalIn(e.Format, ours, apache); err != nil || used != len(ours) {
			t.Fatalf("%s, %s: Apache uses %d of %d bytes, %v", e.Name, twin.Case.Name, used, len(ours), err)
		}
		if got, want := cases.Text(apache), cases.Text(value); got != want {
			t.Fatalf("%s, %s, read by Apache\ngot  %s\nwant %s", e.Name, twin.Case.Name, got, want)
		}
		theirs, err := convert.MarshalIn(e.Format, apache)
		if err != nil {
			if strings.Contains(err.Error(), "slice is not unique") {
				continue // Apache does not write a set that holds an element twice
			}
			t.Fatalf("%s, %s: Apache does not write: %v", e.Name, twin.Case.Name, err)
		}
		again := twin.Case.New()
		if err := tagwire.Unmarshal(theirs, again, e.Options()...); err != nil {
			t.Fatalf("%s, %s: what Apache wrote: %v", e.Name, twin.Case.Name, err)
		}
		if got, want := cases.Text(again), cases.Text(value); got != want {
			t.Fatalf("%s, %s, written by Apache\ngot  %s\nwant %s", e.Name, twin.Case.Name, got, want)
		}
		if len(theirs) != len(ours) {
			t.Fatalf("%s, %s: Apache writes %d bytes, we %d", e.Name, twin.Case.Name, len(theirs), len(ours))
		}
	}
	cases.OneEntry(value)
	for _, e := range harness.ThriftEngines() {
		sameBytes(t, e, twin, value)
	}
}

// sameBytes compares the bytes for a value whose maps have one entry, so that there is one order.
func sameBytes(t *testing.T, e harness.Engine, twin convert.Twin, value any) {
	t.Helper()
	apache := twin.NewApache()
	convert.Copy(apache, value)
	theirs, err := convert.MarshalIn(e.Format, apache)
	if err != nil {
		if strings.Contains(err.Error(), "slice is not unique") {
			return // Apache does not write a set that holds an element twice
		}
		t.Fatalf("%s, %s: Apache does not write: %v", e.Name, twin.Case.Name, err)
	}
	ours, err := tagwire.Marshal(value, e.Options()...)
	if err != nil || !bytes.Equal(ours, theirs) {
		t.Fatalf("%s, %s: %v\nApache writes %x\nwe write      %x", e.Name, twin.Case.Name, err, theirs, ours)
	}
}
