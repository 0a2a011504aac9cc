package effort

import "testing"

func TestOf(t *testing.T) {
	t.Setenv(Emulator, "")
	t.Setenv(slow, "")
	if want := map[bool]int{false: 9, true: 2}[RaceDetector]; Of(9, 2) != want {
		t.Errorf("%d instead of %d", Of(9, 2), want)
	}
	for _, variable := range []string{Emulator, slow} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, "yes")
			if Of(9, 2) != 2 || !Reduced() {
				t.Error("the variable makes no difference")
			}
		})
	}
}

// TestOfAgain: tests that run under an emulator again do a quarter there.
func TestOfAgain(t *testing.T) {
	t.Setenv(Emulator, "yes")
	t.Setenv(slow, "yes")
	if Of(100, 8) != 2 || Of(100, 1) != 1 || Of(1, 7) != 28 {
		t.Errorf("%d, %d and %d in place of 2, 1 and 28", Of(100, 8), Of(100, 1), Of(1, 7))
	}
}
