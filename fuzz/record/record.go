// Package record writes down what native code makes, so that two architectures can be compared byte for byte.
package record

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Variable names a file to which Output adds a line for each call. Lines come in any order and more than once, and several
// processes may write one file; sorted and without repetitions, the lines of two runs of the same tests have to be the same.
const Variable = "TAGWIRE_RECORD"

var file = sync.OnceValues(func() (*os.File, error) {
	name := os.Getenv(Variable)
	if name == "" {
		return nil, nil
	}
	return os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
})

// Wanted reports that Output writes something down: what an output is made of may take long to make.
func Wanted() bool { return os.Getenv(Variable) != "" }

// Output writes down what the native code called name makes of an input. The input has to be the same in each run.
func Output(t testing.TB, name string, input, output []byte) {
	t.Helper()
	f, err := file()
	if err == nil && f != nil {
		_, err = fmt.Fprintf(f, "%s %x %x\n", name, short(input), short(output))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func short(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:12]
}
