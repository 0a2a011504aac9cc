package ir_test

import (
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// TestVerifyFindsBreaches: each breach of an invariant is found, under its number and with its position.
func TestVerifyFindsBreaches(t *testing.T) {
	body := func(lines ...string) string {
		return "func @f(v0:ptr, v1:i64, v2:i32) -> (i64) {\nb0:\n\t" + strings.Join(lines, "\n\t") + "\n}\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"edge to the entry":       {body("Jump -> b0"), "V1: @f b0[0] Jump -> b0"},
		"seven parameters":        {"func @f(v0:i8, v1:i8, v2:i8, v3:i8, v4:i8, v5:i8, v6:i8) {\nb0:\n\tReturn\n}\n", "V1"},
		"three results":           {"func @f(v0:i8) -> (i8, i8, i8) {\nb0:\n\tReturn v0\n}\n", "V1"},
		"no terminator":           {body("CheckBounds v0, v0, #1"), "V2: @f b0"},
		"terminator too early":    {body("Fail", "Return v1"), "V2: @f b0[0] Fail"},
		"empty block":             {body("Return v1", "b1:"), "V2: @f b1"},
		"operand missing":         {body("v3:i64 = Add v1", "Return v3"), "V5: @f b0[0] v3:i64 = Add v1: 1 operands"},
		"operand too many":        {body("Return v1, v1, v1"), "V5"},
		"operand of wrong type":   {body("v3:i64 = Add v0, v0", "Return v3"), "V5"},
		"operands of two types":   {body("v3:i64 = Add v1, v2", "Return v3"), "V5"},
		"result of wrong type":    {body("v3:i32 = Add v1, v1", "Return v1"), "V5"},
		"result missing":          {body("Add v1, v1", "Return v1"), "V5"},
		"narrow arithmetic":       {body("v3:i8 = Const #1", "v4:i8 = Add v3, v3", "Return v1"), "V5"},
		"choice of two types":     {body("v3:i64 = Select.eq v0, v0, v1, v2", "Return v3"), "V5"},
		"exit with a narrow word": {body("Exit v2, #1", "Return v1"), "V5"},
		"constant too wide":       {body("v3:i8 = Const #128", "Return v1"), "V6: @f b0[0] v3:i8 = Const #128: the constant 128"},
		"offset too far":          {body("v3:i64 = Load64 v0, #2147483648", "Return v1"), "V6"},
		"frame word askew":        {body("v3:i64 = FrameLoad64 #12", "Return v1"), "V6"},
		"frame word below":        {body("v3:i64 = FrameLoad64 #-8", "Return v1"), "V6"},
		"scale":                   {body("v3:ptr = PtrIndex v0, v1, #3", "Return v1"), "V6"},
		"bit of a narrower value": {body("v3:i32 = SetBit v2, #32", "Return v1"), "V6"},
		"negative room":           {body("CheckBounds v0, v0, #-1", "Return v1"), "V6"},
		"exit code":               {body("Exit #65536", "Return v1"), "V6"},
		"template missing":        {body(`Arrange v0, v0, ""`, "Return v1"), "V6"},
		"template of another op":  {body(`Arrange v0, v0, "01 .4"`, "Return v1"), "V6"},
		"template without source": {body(`v3:i32 = Match v0, "01 +4:4"`, "Return v1"), "V6"},
		"empty piece":             {body(`v3:i32 = Match v0, "01 .0"`, "Return v1"), "V6"},
		"template in other words": {body(`v3:i32 = Match v0, "01 .04"`, "Return v1"), "V6"},
		"constant in capitals":    {body(`v3:i32 = Match v0, "0A"`, "Return v1"), "V6"},
		"two spaces":              {body(`v3:i32 = Match v0, "0a  .4"`, "Return v1"), "V6"},
		"signed length":           {body(`v3:i32 = Match v0, "0a .+4"`, "Return v1"), "V6"},
		"half a byte":             {body(`v3:i32 = Match v0, "010"`, "Return v1"), "V6"},
		"offset of a template":    {body(`Arrange v0, v0, "+1048577:1"`, "Return v1"), "V6"},
		"template too long":       {body(`Arrange v0, v0, "+0:2048 00"`, "Return v1"), "V6"},
		"edge missing":            {body("Branch.eq v1, v1 -> b1", "b1:", "Return v1"), "V7: @f b0[0] Branch.eq v1, v1 -> b1: 1 edges"},
		"no edges":                {body("Jump"), "V7"},
		"argument missing":        {body("Jump -> b1", "b1(v3:i64):", "Return v3"), "V7"},
		"argument of wrong type":  {body("Jump -> b1(v2)", "b1(v3:i64):", "Return v3"), "V7"},
		"result not promised":     {body("Return"), "V8: @f b0[0] Return"},
		"result of another type":  {body("Return v2"), "V8"},
		"no path":                 {body("Return v1", "b1:", "Return v1"), "V9: @f b1"},
		"used before":             {body("v3:i64 = Add v4, v1", "v4:i64 = Add v1, v1", "Return v3"), "V10: @f b0[0] v3:i64 = Add v4, v1: v4"},
		"used by itself":          {body("v3:i64 = Add v3, v1", "Return v3"), "V10"},
		"used on another way":     {body("Branch.eq v1, v1 -> b1, b2", "b1:", "v3:i64 = Add v1, v1", "Return v3", "b2:", "Return v3"), "V10: @f b2[0]"},
		"passed on another way":   {body("Branch.eq v1, v1 -> b1, b2(v3)", "b1:", "v3:i64 = Add v1, v1", "Return v3", "b2(v4:i64):", "Return v4"), "V10: @f b0[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ir.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if err := ir.Verify(f); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestVerifyFindsBrokenStructure: breaches that no text can have.
func TestVerifyFindsBrokenStructure(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*ir.Func)
		want  string
	}{
		"bad name":         {func(f *ir.Func) { f.Name = "a b" }, "V1"},
		"no blocks":        {func(f *ir.Func) { f.Blocks = nil }, "V1"},
		"no such op":       {func(f *ir.Func) { f.Entry().Insts[0].Op = ir.OpCount }, "V2"},
		"value twice":      {func(f *ir.Func) { f.Blocks[1].Params[0].ID = 0 }, "V3: @sum b1: v0 is defined twice"},
		"value ID":         {func(f *ir.Func) { f.Blocks[1].Params[0].ID = 1000 }, "V3"},
		"block twice":      {func(f *ir.Func) { f.Blocks[1].ID = 0 }, "V3"},
		"block ID":         {func(f *ir.Func) { f.Blocks[1].ID = -1 }, "V3"},
		"wrong block":      {func(f *ir.Func) { f.Entry().Insts[0].Block = f.Blocks[1] }, "V4"},
		"wrong definition": {func(f *ir.Func) { f.Entry().Insts[0].Results[0].Def = f.Blocks[1].Insts[0] }, "V4"},
		"wrong parameter":  {func(f *ir.Func) { f.Blocks[1].Params[0].Block = f.Entry() }, "V4"},
		"no condition":     {func(f *ir.Func) { f.Blocks[1].Terminator().Cond = ir.NoCond }, "V6"},
		"condition":        {func(f *ir.Func) { f.Blocks[1].Insts[1].Cond = ir.Eq }, "V6"},
		"source":           {func(f *ir.Func) { f.Blocks[1].Insts[1].Source = true }, "V6"},
		"symbol":           {func(f *ir.Func) { f.Blocks[1].Insts[1].Symbol = "x" }, "V6"},
		"template":         {func(f *ir.Func) { f.Blocks[1].Insts[1].Template = "00" }, "V6"},
		"bad symbol":       {func(f *ir.Func) { f.Blocks[2].Insts[0].Symbol = "x y" }, "V6"},
		"foreign block":    {func(f *ir.Func) { f.Entry().Terminator().Edges[0].To = &ir.Block{} }, "V7"},
		"foreign value":    {func(f *ir.Func) { f.Blocks[1].Insts[1].Args[0] = &ir.Value{Type: ir.I64} }, "V10"},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, sum)
			test.spoil(f)
			if err := ir.Verify(f); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestVerifyFindsStaleKnowledge: a pass that changes control flow without saying so is found, whatever it has asked for before.
func TestVerifyFindsStaleKnowledge(t *testing.T) {
	const text = "func @f(v0:i64) -> (i64) {\nb0:\n\tBranch.eq v0, v0 -> b1, b2\nb1:\n\tReturn v0\nb2:\n\tJump -> b1\n}\n"
	asked := map[string]func(f *ir.Func){
		"predecessors": func(f *ir.Func) { f.Predecessors() },
		"incoming":     func(f *ir.Func) { f.Incoming() },
		"dominators":   func(f *ir.Func) { f.Dominators() },
		"order":        func(f *ir.Func) { f.ReversePostorder(nil) },
	}
	for name, ask := range asked {
		for _, says := range []bool{false, true} {
			functions, err := ir.ParseAll(text)
			if err != nil {
				t.Fatal(err)
			}
			f := functions[0]
			ask(f)
			if err := ir.Verify(f); err != nil {
				t.Fatal(err)
			}
			ask(f)
			f.Blocks[0].Terminator().Edges[0].To = f.Blocks[2]
			if says {
				f.Rewired()
			}
			if err := ir.Verify(f); says != (err == nil) || err != nil && !strings.Contains(err.Error(), "V11") {
				t.Errorf("%s, said %v: %v", name, says, err)
			}
		}
	}
}
