package fuzz

import (
	"os"
	"testing"

	"github.com/tagwire/tagwire/fuzz/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
