package gogokinds

// Seconds is what a field is cast to.
type Seconds int64

// ID is a custom type, whose bytes are those of its text.
type ID string

// Marshal returns the text.
func (i ID) Marshal() ([]byte, error) { return []byte(i), nil }

// MarshalTo copies the text.
func (i ID) MarshalTo(b []byte) (int, error) { return copy(b, i), nil }

// Unmarshal sets the text.
func (i *ID) Unmarshal(b []byte) error {
	*i = ID(b)
	return nil
}

// Size returns the length of the text.
func (i ID) Size() int { return len(i) }
