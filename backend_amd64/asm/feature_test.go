package asm

import (
	"testing"

	"github.com/klauspost/cpuid/v2"
)

// TestSlowPEXT: Zen 2 and older, and those made after it by others, do PEXT bit by bit.
func TestSlowPEXT(t *testing.T) {
	for _, c := range []struct {
		vendor cpuid.Vendor
		family int
		slow   bool
	}{
		{cpuid.AMD, 0x15, true}, {cpuid.AMD, 0x17, true}, {cpuid.Hygon, 0x18, true}, {cpuid.AMD, 0x19, false},
		{cpuid.AMD, 0x1a, false}, {cpuid.Intel, 6, false},
	} {
		if slowPEXT(c.vendor, c.family) != c.slow {
			t.Errorf("%v, family %#x", c.vendor, c.family)
		}
	}
}
