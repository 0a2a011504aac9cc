//go:build linux || darwin

package island

import (
	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/jit/compile"
)

// bulkOps are the ops that have routines.
var bulkOps = amd64.BulkOps

// bulkFeatures are the sets of processor features for which the bulk routines differ.
func bulkFeatures() map[string]compile.Features {
	host := amd64.HostFeatures()
	return map[string]compile.Features{
		"baseline": 0,
		"ssse3":    host & amd64.HasSSSE3,
		"avx":      host & (amd64.HasSSSE3 | amd64.HasAVX),
		"avx2":     host & (amd64.HasSSSE3 | amd64.HasAVX | amd64.HasAVX2),
		"host":     host,
	}
}

// nativeFeatures are the sets of features for which generated programs are compiled.
func nativeFeatures() []compile.Features {
	host := compile.HostFeatures(0)
	return []compile.Features{0, host &^ amd64.HasFastPEXT, host}
}
