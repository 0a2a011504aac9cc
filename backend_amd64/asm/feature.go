package asm

import (
	"strings"
	"sync"

	"github.com/klauspost/cpuid/v2"
)

// Features is a set of processor features beyond the amd64 baseline. Lowering is given a set and uses no other:
// tests give it smaller ones than the host has.
type Features uint32

// The features that instructions of the table need.
const (
	HasSSSE3 Features = 1 << iota
	HasMOVBE
	HasPOPCNT
	HasLZCNT
	HasBMI1
	HasBMI2
	HasAVX
	HasAVX2
	HasAVX512F
	HasAVX512BW
	HasAVX512VL
	HasAVX512VBMI
	// HasFastPEXT: PEXT and PDEP, which BMI2 has, are a single step of the processor. AMD's did them bit by bit, in up to
	// 300 clocks, before family 19h.
	HasFastPEXT

	AllFeatures Features = 1<<iota - 1
)

// What instructions need together.
const (
	NeedsAVX512 = HasAVX512F | HasAVX512BW | HasAVX512VL
	NeedsPEXT   = HasBMI2 | HasFastPEXT // and PDEP
)

var featureList = []struct {
	name    string
	feature Features
	id      cpuid.FeatureID
}{
	{"ssse3", HasSSSE3, cpuid.SSSE3},
	{"movbe", HasMOVBE, cpuid.MOVBE},
	{"popcnt", HasPOPCNT, cpuid.POPCNT},
	{"lzcnt", HasLZCNT, cpuid.LZCNT},
	{"bmi1", HasBMI1, cpuid.BMI1},
	{"bmi2", HasBMI2, cpuid.BMI2},
	{"avx", HasAVX, cpuid.AVX},
	{"avx2", HasAVX2, cpuid.AVX2},
	{"avx512f", HasAVX512F, cpuid.AVX512F},
	{"avx512bw", HasAVX512BW, cpuid.AVX512BW},
	{"avx512vl", HasAVX512VL, cpuid.AVX512VL},
	{"avx512vbmi", HasAVX512VBMI, cpuid.AVX512VBMI},
	{"fastpext", HasFastPEXT, cpuid.BMI2},
}

// HostFeatures returns what this machine's processor and operating system offer: none on another architecture.
// The vector features count only where the system saves their registers.
var HostFeatures = sync.OnceValue(func() Features {
	var found Features
	for _, f := range featureList {
		if cpuid.CPU.Has(f.id) {
			found |= f.feature
		}
	}
	if slowPEXT(cpuid.CPU.VendorID, cpuid.CPU.Family) {
		found &^= HasFastPEXT
	}
	return found
})

// slowPEXT reports whether processors of a family do PEXT and PDEP bit by bit.
func slowPEXT(vendor cpuid.Vendor, family int) bool {
	return (vendor == cpuid.AMD || vendor == cpuid.Hygon) && family < 0x19
}

// Level returns the features of a level of the architecture, 1 to 4, among those that are known here: level 1 is the
// baseline, 2 has SSSE3, 3 AVX2 and 4 AVX-512. GOAMD64 names them v1 to v4; only VBMI, which level 4 has here, it leaves
// out.
func Level(level int) Features {
	var f Features
	if level >= 2 {
		f |= HasSSSE3 | HasPOPCNT
	}
	if level >= 3 {
		f |= HasMOVBE | HasLZCNT | HasBMI1 | HasBMI2 | HasFastPEXT | HasAVX | HasAVX2
	}
	if level >= 4 {
		f |= HasAVX512F | HasAVX512BW | HasAVX512VL | HasAVX512VBMI
	}
	return f
}

// Has reports whether all the wanted features are in the set.
func (f Features) Has(wanted Features) bool { return f&wanted == wanted }

// String returns the names of the features, joined by commas.
func (f Features) String() string {
	var names []string
	for _, known := range featureList {
		if f.Has(known.feature) {
			names = append(names, known.name)
		}
	}
	return strings.Join(names, ",")
}
