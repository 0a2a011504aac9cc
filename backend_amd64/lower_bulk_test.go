package amd64

import (
	"testing"
)

// bulkFeatures are the sets that lead to different code.
var bulkFeatures = []struct {
	name     string
	features Features
}{
	{"baseline", 0},
	{"ssse3", HasSSSE3},
	{"avx2", HasSSSE3 | HasAVX | HasAVX2},
	{"avx512", HasSSSE3 | HasAVX | HasAVX2 | needsBulk512},
}

// bulkFunction is a bulk copy and what belongs around it.
func bulkFunction(name string, element Width, available Features) *Function {
	f := &Function{Name: name}
	if element == W8 {
		f.EmitCopyBytes(available)
	} else {
		f.EmitSwapCopy(element, available)
	}
	f.Emit(RET, W64)
	f.EmitConstants()
	return f
}

// shortCopyFunction is a short copy with the copy of all other counts behind it.
func shortCopyFunction(available Features) *Function {
	f := &Function{Name: "short"}
	other := f.NewLabel()
	f.EmitShortCopy(available, other)
	f.Emit(RET, W64)
	f.Bind(other)
	f.EmitCopyBytes(available)
	f.Emit(RET, W64)
	return f
}

// TestBulkText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestBulkText(t *testing.T) {
	for _, c := range bulkFeatures {
		for _, element := range []Width{W8, W16, W32, W64} {
			name := bulkName(element) + "_" + c.name
			f := bulkFunction(name, element, c.features)
			if _, err := new(Assembler).Assemble(f, c.features); err != nil {
				t.Error(err)
			}
			if element <= W16 {
				compareGolden(t, name+".txt", f)
			}
		}
	}
}

func bulkName(element Width) string {
	return map[Width]string{W8: "copy", W16: "swap16", W32: "swap32", W64: "swap64"}[element]
}

// TestBulkClobbers: the code writes no register that CopyClobbers or SwapClobbers does not name.
func TestBulkClobbers(t *testing.T) {
	for _, c := range bulkFeatures {
		for _, element := range []Width{W8, W16, W32, W64} {
			clobbers := SwapClobbers
			if element == W8 {
				clobbers = CopyClobbers
			}
			requireClobbers(t, c.name, bulkFunction(bulkName(element), element, c.features), clobbers)
		}
		requireClobbers(t, c.name, shortCopyFunction(c.features), CopyClobbers)
	}
}

func requireClobbers(t *testing.T, features string, f *Function, clobbers RegSet) {
	t.Helper()
	for n := range f.Insts {
		_, defs := f.Insts[n].usesAndDefs()
		if defs&^clobbers != 0 {
			t.Errorf("%s, %s: %v", f.Name, features, &f.Insts[n])
		}
	}
}
