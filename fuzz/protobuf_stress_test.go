package fuzz

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// collecting is set in the process that TestProtobufUnderTheCollector starts.
const collecting = "TAGWIRE_TEST_COLLECTING"

// TestProtobufUnderTheCollector runs TestProtobufAtOnce while the collector is always at work, and overwrites what it frees; with -long once
// more, while it checks its marks.
func TestProtobufUnderTheCollector(t *testing.T) {
	if os.Getenv(collecting) != "" || effort.Reduced() {
		t.Skip("for a process of its own, on a fast machine")
	}
	for _, settings := range []string{"clobberfree=1", "gccheckmark=1"}[:shortOrLong(1, 2)] {
		t.Run(settings, func(t *testing.T) {
			limit, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			command := exec.CommandContext(limit, os.Args[0], "-test.run", "^TestProtobufAtOnce$")
			command.Env = append(os.Environ(), collecting+"=yes", "GOGC=1", "GODEBUG="+settings)
			output, err := command.CombinedOutput()
			require.NoError(t, err, "%s", output)
			require.Contains(t, string(output), "PASS")
		})
	}
}

// TestProtobufAtOnce: many goroutines use the types of the corpus for the first time, decode into new values, populated ones and arenas,
// merge, and encode; a struct with tags of both languages through all formats. Values of earlier turns stay what they are.
func TestProtobufAtOnce(t *testing.T) {
	turns := shortOrLong(1, 20)
	before := tagwire.Stats().NativeCalls
	var group sync.WaitGroup
	for worker := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for turn := range turns {
				useAll(t, worker, turn)
			}
		}()
	}
	group.Wait()
	if calls := tagwire.Stats().NativeCalls - before; harness.HasNativeIn(tagwire.Protobuf) && calls < uint64(100*turns) {
		t.Errorf("%d native calls", calls)
	}
}

func useAll(t *testing.T, worker, turn int) {
	type held struct {
		value any
		text  string
	}
	var all []held
	var arena tagwire.Arena
	for i := range cases.Protobuf() {
		c := cases.Protobuf()[(i+worker*5)%len(cases.Protobuf())]
		if c.Name == "ProtoLarge" && worker > 0 {
			continue
		}
		for _, want := range append(c.Samples(), filled(c, worker+turn)) {
			for _, e := range harness.EnginesIn(tagwire.Protobuf) {
				data, err := tagwire.Marshal(want, e.Options(tagwire.WithDeterministic())...)
				if err != nil {
					t.Errorf("%s: %v", c.Name, err)
					return
				}
				fresh, populated, inArena := c.New(), c.New(), c.New()
				cases.Populate(populated)
				errs := []error{
					tagwire.Unmarshal(data, fresh, e.Options()...), tagwire.Unmarshal(bytes.Clone(data), populated, e.Options()...),
					second(tagwire.DecodeIn(&arena, data, inArena, e.Options()...)),
				}
				for i, got := range []any{fresh, populated, inArena} {
					if errs[i] != nil || !cases.Equal(want, got) {
						t.Errorf("%s, %s: %v, %s instead of %s", e.Name, c.Name, errs[i], cases.Text(got), cases.Text(want))
						return
					}
				}
				arena.Reset()
				all = append(all, held{fresh, cases.Text(fresh)}, held{populated, cases.Text(populated)})
				if err := tagwire.Unmarshal(data, populated, e.Options(tagwire.WithMerge())...); err != nil {
					t.Errorf("%s, %s: %v", e.Name, c.Name, err)
				}
				all[len(all)-1].text = cases.Text(populated)
			}
		}
	}
	bothLanguages(t)
	runtime.GC()
	for _, h := range all {
		if text := cases.Text(h.value); text != h.text {
			t.Errorf("%T has become %s, and was %s", h.value, text, h.text)
		}
	}
}

func second(_ int, err error) error { return err }

// filled returns a value that is filled from a seed.
func filled(c cases.Case, seed int) any {
	value := c.New()
	cases.Fill(value, randomBytes(int64(seed), 150))
	return value
}

// bothLanguages takes a struct through every format in turn.
func bothLanguages(t *testing.T) {
	want := cases.NewProtoMedium()
	value := want
	for _, e := range harness.AllEngines() {
		data, err := tagwire.Marshal(value, e.Options()...)
		if err != nil {
			t.Error(err)
			return
		}
		value = new(cases.ProtoMedium)
		if err := tagwire.Unmarshal(data, value, e.Options()...); err != nil || !reflect.DeepEqual(want, value) {
			t.Errorf("%s: %v, %s", e.Name, err, strings.SplitN(cases.Text(value), ",", 2)[0])
			return
		}
	}
}
