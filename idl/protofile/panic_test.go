package protofile

import "testing"

// TestPanics: a Reader that panics is an error of the file, not the end of the process.
func TestPanics(t *testing.T) {
	_, err := Parse(func(path string) ([]byte, error) {
		if path == "main.proto" {
			return []byte("import \"other.proto\";"), nil
		}
		panic("no luck")
	}, "main.proto")
	if want := "other.proto: the compiler of .proto files failed: no luck"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}
