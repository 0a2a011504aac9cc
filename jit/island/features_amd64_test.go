//go:build linux || darwin

package island

import (
	"github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/jit/compile"
)

// bulkFeatures are the sets of processor features for which the bulk routines differ.
func bulkFeatures() map[string]compile.Features {
	host := asm.HostFeatures()
	return map[string]compile.Features{
		"baseline": 0,
		"ssse3":    host & asm.HasSSSE3,
		"avx":      host & (asm.HasSSSE3 | asm.HasAVX),
		"avx2":     host & (asm.HasSSSE3 | asm.HasAVX | asm.HasAVX2),
		"host":     host,
	}
}

// nativeFeatures are the sets of features for which generated programs are compiled.
func nativeFeatures() []compile.Features {
	host := compile.HostFeatures(0)
	return []compile.Features{0, host &^ asm.HasFastPEXT, host}
}
