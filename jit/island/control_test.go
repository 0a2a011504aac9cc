package island

import (
	"flag"
	"testing"

	"github.com/tagwire/tagwire/jit/jittest"
)

var long = flag.Bool("long", false, "run the long forms of tests")

func TestMain(m *testing.M) { jittest.Main(m) }
