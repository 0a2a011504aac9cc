package protobuf_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// long asks for the long forms of tests; .ci/run long does.
var long = flag.Bool("long", false, "run the long forms of tests")

// messages returns how many random messages a test tries of each type.
func messages() int {
	if *long {
		return 1_000_000
	}
	return 20_000
}

func TestMain(m *testing.M) {
	code := harness.Main(m)
	if n := tagwire.Stats().Refusals; n > 0 {
		fmt.Printf("FAIL: native code refused %d calls that reflection took\n", n)
		code = 1
	}
	os.Exit(code)
}

// eachEngine runs a subtest for each engine, with the options for it. That of native code has to call it.
func eachEngine(t *testing.T, test func(t *testing.T, options []tagwire.Option)) {
	t.Helper()
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		if engine == tagwire.Native && !harness.HasNativeIn(tagwire.Protobuf) {
			continue
		}
		t.Run(engine.String(), func(t *testing.T) {
			before := tagwire.Stats().NativeCalls
			test(t, []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine), tagwire.WithDeterministic()})
			if engine == tagwire.Native && !t.Failed() && tagwire.Stats().NativeCalls == before {
				t.Error("nothing ran natively")
			}
		})
	}
}

// newOf returns a pointer to another value of the type that v points to.
func newOf[T any](v T) T { return reflect.New(reflect.TypeOf(v).Elem()).Interface().(T) }
