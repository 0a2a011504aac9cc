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
