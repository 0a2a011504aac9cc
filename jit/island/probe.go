package island

import (
	"fmt"
	"runtime"

	"github.com/tagwire/tagwire/jit/abi"
)

// RunProbe runs a copy of ProbeCode at an address and returns an error unless the result is correct.
func RunProbe(address uintptr) error {
	const sent = 0x5EED
	p := Program{entry: address}
	s := newState()
	var f frame
	s.prepare(&f, &p, &call{})
	f.arguments[abi.ArgumentValue] = sent
	launch(&f, &s.cells, s.chunk.base, nil, nil, nil, nil, nil)
	runtime.KeepAlive(s)
	result, ok := doneWith(&f)
	if got, want := result, ^uintptr(sent); !ok || got != want {
		return fmt.Errorf("the probe left with exit %d and %#x instead of %#x", f.exit, got, want)
	}
	return nil
}
