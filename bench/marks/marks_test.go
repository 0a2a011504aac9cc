package marks

import "testing"

func TestLines(t *testing.T) {
	operation := Operation{Case: "small", Direction: "encode", Count: 1000, CodeBytes: 6241}
	if got, ok := ParseOperation(operation.String()); !ok || got != operation {
		t.Errorf("got %+v", got)
	}
	if got, ok := ParseAbsent(Absent("no memory\nat all")); !ok || got != "no memory\n" {
		t.Errorf("got %q", got)
	}
	if got, ok := ParseCount("counted 17323433 1070392\n"); !ok || got != (Count{17323433, 1070392}) {
		t.Errorf("got %+v", got)
	}
	for _, line := range []string{"", "operation small encode 0 6241\n", "operation small encode", "counted 1", "counted one 2"} {
		_, isOperation := ParseOperation(line)
		_, isAbsent := ParseAbsent(line)
		if _, isCount := ParseCount(line); isOperation || isAbsent || isCount {
			t.Errorf("%q is a line", line)
		}
	}
}
