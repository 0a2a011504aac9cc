package interp_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// varints runs an op on the source, given in hex, with a target of some bytes. before is how many bytes before the source's
// end, or the target's, the varints end.
func varints(t *testing.T, op, source string, target, count, before int) (steps [2]int64, result string, err error) {
	t.Helper()
	from, err := hex.DecodeString(strings.ReplaceAll(source, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	end := "v0"
	size := target
	if strings.HasPrefix(op, "Decode") {
		end, size = "v1", len(from)
	}
	f, err := ir.Parse(fmt.Sprintf(`func @f(v0:ptr, v1:ptr) -> (i64, i64) {
b0:
	v2:i64 = Const #%d
	v3:ptr = PtrAdd %s, #%d
	v4:ptr, v5:ptr = %s v0, v1, v2, v3
	v6:i64 = PtrDiff v4, v0
	v7:i64 = PtrDiff v5, v1
	Return v6, v7
}
`, count, end, size-before, op))
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	to := make([]byte, target)
	m := new(interp.Machine)
	m.Memory.Map("target", out, to, true)
	m.Memory.Map("source", in, from, false)
	got, err := m.Run(f, out, in)
	if err != nil {
		return steps, "", err
	}
	return [2]int64{int64(got.Results[0]), int64(got.Results[1])}, hex.EncodeToString(to), nil
}

const (
	room = " 00000000 00000000 00000000 00000000" // ir.VarintRoom
	junk = "a5a5a5a5 a5a5a5a5 a5a5a5a5 a5a5a5a5"
)

var varintRows = []struct {
	op, source            string
	target, count, before int
	to, from              int64
	want                  string
}{
	{"DecodeZigZags32", "01 02 8001 ffffffff0f 8000" + room, 20, 5, 0, 20, 11, "ffffffff 01000000 40000000 00000080 00000000"},
	{"DecodeZigZags32", "01 02 04" + room, 12, 3, 3, 4, 1, "ffffffff a5a5a5a5 a5a5a5a5"},
	{"DecodeZigZags32", "01 02" + room, 8, 1, 0, 4, 1, "ffffffff 00000000"},
	{"DecodeZigZags32", "01 ffffffff1f" + room, 8, 2, 0, 4, 1, "ffffffff a5a5a5a5"},
	{"DecodeZigZags32", "01 808080808000" + room, 8, 2, 0, 4, 1, "ffffffff a5a5a5a5"},
	{"DecodeZigZags32", "01", 8, 0, 0, 0, 0, "00000000 00000000"},
	{"DecodeZigZags32to64", "01 feffffff0f" + room, 16, 2, 0, 16, 6, "ffffffffffffffff ffffff7f00000000"},
	{"DecodeZigZags64", "ffffffffffffffffff01 808080808080808000" + room, 16, 2, 0, 16, 19, "0000000000000080 0000000000000000"},
	{"DecodeZigZags64", "03 ffffffffffffffffff02" + room, 16, 2, 0, 8, 1, "feffffffffffffff a5a5a5a5a5a5a5a5"},
	{"DecodeZigZags64", "03 8080808080808080808000" + room, 16, 2, 0, 8, 1, "feffffffffffffff a5a5a5a5a5a5a5a5"},
	{"EncodeZigZags32", "ffffffff 40000000 00000080", 24, 3, 0, 8, 12, "01 8001 ffffffff0f" + junk},
	{"EncodeZigZags32", "ffffffff 40000000", 17, 2, 0, 3, 8, "01 8001 a5a5a5a5 a5a5a5a5 a5a5a5a5 a5a5"},
	{"EncodeZigZags32", "ffffffff 40000000", 17, 2, 1, 1, 4, "01 a5a5a5a5 a5a5a5a5 a5a5a5a5 a5a5a5 00"},
	{"EncodeZigZags64", "0000000000000080 0100000000000000", 27, 2, 0, 11, 16, "ffffffffffffffffff01 02" + junk},
	{"EncodeZigZags64to32", "ffffffffffffffff 00000080ffffffff 0000008000000000", 40, 3, 10, 6, 16, "01 ffffffff0f" + junk + "000000000000000000000000000000000000"},
	{"DecodeVarints64to32", "01 02 8001 ffffffff1f 8000 ffffffffffffffffff01" + room, 28, 6, 0, 24, 21, "01000000 02000000 80000000 ffffffff 00000000 ffffffff 00000000"},
	{"DecodeVarints64to32", "01 ffffffffffffffffff02" + room, 8, 2, 0, 4, 1, "01000000 a5a5a5a5"},
	{"DecodeVarints64", "ffffffffffffffffff01 808080808080808000" + room, 16, 2, 0, 16, 19, "ffffffffffffffff 0000000000000000"},
	{"DecodeVarints64", "03 ffffffffffffffffff02" + room, 16, 2, 0, 8, 1, "0300000000000000 a5a5a5a5a5a5a5a5"},
	{"EncodeVarints32to64", "01000000 ffffff7f 00000080", 32, 3, 0, 16, 12, "01 ffffffff07 80808080f8ffffffff01" + junk},
	{"EncodeVarints32", "01000000 ffffffff 80000000", 24, 3, 0, 8, 12, "01 ffffffff0f 8001" + junk},
	{"EncodeVarints64", "ffffffffffffffff 0100000000000000", 27, 2, 0, 11, 16, "ffffffffffffffffff01 01" + junk},
}

func TestVarints(t *testing.T) {
	for _, c := range varintRows {
		steps, got, err := varints(t, c.op, c.source, c.target, c.count, c.before)
		if err != nil || steps != [2]int64{c.to, c.from} || got != strings.ReplaceAll(c.want, " ", "") {
			t.Errorf("%s of %d from %s, %d before the end: %v, %s, %v", c.op, c.count, c.source, c.before, steps, got, err)
		}
	}
}

func TestVarintFaults(t *testing.T) {
	for _, c := range []struct {
		op, source            string
		target, count, before int
		want                  string
	}{
		{"DecodeZigZags32", "01 02" + room, 7, 2, 0, "access of 8 bytes"},
		{"DecodeZigZags64", "01 02" + room, 8, 2, 0, "outside"},
		{"DecodeZigZags32", "01 02" + room, 8, 2, -1, "outside"},
		{"DecodeZigZags32", "01 02" + room, 8, 2, 19, "-1 bytes before the end"},
		{"DecodeZigZags32", "01 02" + room, 8, -1, 0, "DecodeZigZags32 of -1"},
		{"EncodeZigZags32", "01020304", 32, 2, 0, "outside"},
		{"EncodeZigZags64", "0102030405060708", 16, 1, -1, "outside"},
		{"EncodeZigZags64", "0102030405060708", 16, 1, 17, "-1 bytes before the end"},
	} {
		_, got, err := varints(t, c.op, c.source, c.target, c.count, c.before)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %d: %s, %v, want %q", c.op, c.count, got, err, c.want)
		}
	}
}
