package thriftfile

import (
	"fmt"
	"strings"
	"testing"
)

// longText returns a definition of at least so many lines.
func longText(lines int) string {
	var text strings.Builder
	const linesOfOne = 14
	for i := range lines/linesOfOne + 1 {
		fmt.Fprintf(&text, `
/** Number %[1]d of many. */
enum Colour%[1]d { RED = 1, GREEN, BLUE }
const map<string, list<i32>> TABLE%[1]d = {"one": [1, 2, 3], "two": [Colour%[1]d.RED]}
struct Record%[1]d {
  /** What it is. */
  1: required i64 id (api.query = "id")
  2: optional string name = "none"
  3: map<string, list<Record%[1]d>> children
  4: Colour%[1]d colour = Colour%[1]d.GREEN
}
service Service%[1]d {
  Record%[1]d get(1: i64 id)
  oneway void note(1: list<Record%[1]d> records)
}
`, i)
	}
	return text.String()
}

func BenchmarkParse(b *testing.B) {
	text := longText(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := parseText(text); err != nil {
			b.Fatal(err)
		}
	}
}
