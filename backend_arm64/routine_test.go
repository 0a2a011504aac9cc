package arm64

import (
	"testing"

	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// TestRoutinesOfEntryAndFailure: their code, which only the driver can run.
func TestRoutinesOfEntryAndFailure(t *testing.T) {
	lowertest.CompareGolden(t, "fail.txt", FailRoutine())
	lowertest.CompareGolden(t, "entry.txt", EntryRoutine("entry", 1, 3, 2, false))
	lowertest.CompareGolden(t, "entry_leaving.txt", EntryRoutine("entry", 1, 2, 1, true))
	mustAssemble(t, FailRoutine())
	mustAssemble(t, EntryRoutine("entry", 1, 3, 2, false))
}
