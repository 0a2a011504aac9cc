// Package effort says how much tests do where they are many times slower than usual: under the race detector, under an emulator,
// and where a variable says so.
package effort

import "os"

// Emulator is the variable that names the program that runs test binaries where the system does not run them itself.
const Emulator = "TAGWIRE_EMULATOR"

// slow is the variable that says that tests are slow here for another reason.
const slow = "TAGWIRE_SLOW"

// Reduced reports that tests are slow here, and are to do less of what they do many times.
func Reduced() bool { return RaceDetector || os.Getenv(Emulator) != "" || os.Getenv(slow) != "" }

// Of returns how often a test does something, or what it leaves out between: usual, or reduced where tests are slow. Under an emulator where
// the variable is set as well, which is for tests that run there with another version of Go, too, they do a quarter of that.
func Of(usual, reduced int) int {
	switch again := os.Getenv(Emulator) != "" && os.Getenv(slow) != ""; {
	case !Reduced():
		return usual
	case again && reduced > usual:
		return 4 * reduced
	case again:
		return max(1, reduced/4)
	}
	return reduced
}
