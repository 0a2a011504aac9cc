package effort

import "testing"

func TestOf(t *testing.T) {
	t.Setenv(Emulator, "")
	if want := map[bool]int{false: 9, true: 2}[RaceDetector]; Of(9, 2) != want {
		t.Errorf("%d instead of %d", Of(9, 2), want)
	}
	t.Setenv(Emulator, "an emulator")
	if Of(9, 2) != 2 || !Reduced() {
		t.Error("an emulator makes no difference")
	}
}
