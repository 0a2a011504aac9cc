package loader

import "fmt"

// Probe finds out whether this host runs code from sealed memory: it maps code, seals it, hands its address
// to run, and frees it. The error says what was refused. A run that returns an error, because the code did
// not do what it should, is reported too.
func Probe(code []byte, run func(address uintptr) error) error {
	draft, err := NewDraft(RoomFor(len(code)))
	if err != nil {
		return err
	}
	function, err := draft.Add("probe", code)
	if err != nil {
		draft.Discard()
		return err
	}
	segment, err := draft.Seal()
	if err != nil {
		return err
	}
	defer segment.Free()
	if err := run(function.Address); err != nil {
		return fmt.Errorf("loader: sealed code does not run as it should: %w", err)
	}
	return nil
}
