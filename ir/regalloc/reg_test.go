package regalloc

import (
	"slices"
	"testing"
)

func TestVirtualAndPhysicalRegisters(t *testing.T) {
	for p := range PReg(64) {
		if got, ok := p.Reg().Physical(); !ok || got != p {
			t.Errorf("%v becomes %v", p, got)
		}
		if v, ok := p.Reg().Virtual(); ok {
			t.Errorf("%v is virtual register %d", p, v)
		}
	}
	for _, v := range []VReg{0, 1, 1 << 20} {
		if got, ok := v.Reg().Virtual(); !ok || got != v {
			t.Errorf("%d becomes %d", v, got)
		}
		if p, ok := v.Reg().Physical(); ok {
			t.Errorf("%d is %v", v, p)
		}
	}
	if _, ok := NoReg.Physical(); ok {
		t.Error("no register is a physical one")
	}
	if _, ok := NoReg.Virtual(); ok {
		t.Error("no register is a virtual one")
	}
}

func TestSet(t *testing.T) {
	type register uint8
	s := Regs[register](63, 0, 5)
	if s.Len() != 3 || !s.Has(0) || !s.Has(63) || s.Has(1) {
		t.Errorf("%b", s)
	}
	if got := slices.Collect(s.All); !slices.Equal(got, []register{0, 5, 63}) {
		t.Errorf("%v", got)
	}
	for p := range s.All {
		if p == 5 {
			break
		}
		if p == 63 {
			t.Error("the loop goes on")
		}
	}
}
