package prototext_test

import (
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/definition/prototext"
)

// checkAny writes definitions from anywhere.
var checkAny = compilertest.CheckAny(definition.Protobuf, prototext.Text)

// TestDamaged: a bit of each byte, changed.
func TestDamaged(t *testing.T) {
	compilertest.CheckDamaged(t, compilertest.Encode(t, sample()), checkAny)
}

// FuzzText is TestDamaged for all that a fuzzer finds.
func FuzzText(f *testing.F) {
	f.Add(compilertest.Encode(f, sample()))
	f.Fuzz(checkAny)
}
