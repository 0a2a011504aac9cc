// Package debug has the counts that Frugal's package of this name has, taken from Tagwire's.
package debug

import "github.com/tagwire/tagwire"

// Stats says what was compiled and how many calls it served.
type Stats struct {
	Memory  MemStats
	Encoder CacheStats
	Decoder CacheStats
}

// MemStats says how much machine code there is.
type MemStats struct {
	// Alloc is the machine code in memory, in bytes.
	Alloc int
	// Count is the number of types that were compiled.
	Count int
}

// CacheStats counts calls and types. Tagwire counts encoding and decoding together, so both directions have the same numbers, which
// are those of both.
type CacheStats struct {
	// Hit is the number of calls that native code served.
	Hit int
	// Miss is the number of calls that reflection served.
	Miss int
	// Size is the number of types in use.
	Size int
}

// GetStats returns the counts of this process.
func GetStats() Stats {
	s := tagwire.Stats()
	both := CacheStats{Hit: int(s.NativeCalls), Miss: int(s.ReflectCalls), Size: s.Types}
	return Stats{
		Memory:  MemStats{Alloc: s.CodeBytes, Count: s.NativeTypes},
		Encoder: both,
		Decoder: both,
	}
}
