package codec

import (
	"reflect"
	"strconv"
	"strings"
)

// pathHalf is how many elements a path keeps at each of its ends.
const pathHalf = 32

// trail collects the elements of an error path while the codec unwinds, so leaf first. It never holds more
// than 2*pathHalf elements: the first pathHalf slots keep the leaf's end of the path, the others are a ring
// of the elements that came last, the root's end.
type trail struct {
	elements []element
	count    int
}

// element is one step of a path. Its text is made only when the path is complete.
type element struct {
	form   elementForm
	text   string
	number int
}

type elementForm uint8

const (
	fieldElement elementForm = iota
	indexElement
	keyElement
	unknownElement
)

// add puts an element in front of those added before.
func (t *trail) add(e element) {
	if t.count < 2*pathHalf {
		t.elements = append(t.elements, e)
	} else {
		t.elements[pathHalf+t.count%pathHalf] = e
	}
	t.count++
}

// at returns the element that was added as the i-th, which must be one of those kept.
func (t *trail) at(i int) element {
	if i < pathHalf {
		return t.elements[i]
	}
	return t.elements[pathHalf+i%pathHalf]
}

// write appends the path to b, root first, with "..." in place of the elements that were not kept.
func (t *trail) write(b *strings.Builder) {
	for i := t.count - 1; i >= 0; i-- {
		if t.count > 2*pathHalf && i == t.count-1-pathHalf {
			b.WriteString("...")
			i = pathHalf - 1
		}
		t.at(i).write(b)
	}
}

func (e element) write(b *strings.Builder) {
	switch e.form {
	case fieldElement:
		b.WriteByte('.')
		b.WriteString(Shorten(e.text, MaxNameBytes))
	case indexElement:
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(e.number))
		b.WriteByte(']')
	case keyElement:
		b.WriteByte('[')
		b.WriteString(e.text)
		b.WriteByte(']')
	case unknownElement:
		b.WriteString(".#")
		b.WriteString(strconv.Itoa(e.number))
	}
}

// AddField puts the step ".name" in front of the path's steps so far. A codec calls the Add methods while it
// unwinds, so that the innermost step arrives first, and then SetRoot. They return e.
func (e *Error) AddField(name string) *Error {
	return e.addElement(element{form: fieldElement, text: name})
}

// AddIndex puts the step "[i]" in front of the path's steps so far.
func (e *Error) AddIndex(i int) *Error {
	return e.addElement(element{form: indexElement, number: i})
}

// AddKey puts the step "[text]" in front of the path's steps so far; [FormatKey] makes the text of a map key.
func (e *Error) AddKey(text string) *Error {
	return e.addElement(element{form: keyElement, text: text})
}

// AddUnknown puts the step ".#id" in front of the path's steps so far: a field that the struct does not have.
func (e *Error) AddUnknown(id int32) *Error {
	return e.addElement(element{form: unknownElement, number: int(id)})
}

func (e *Error) addElement(step element) *Error {
	if e.trail == nil {
		e.trail = new(trail)
	}
	e.trail.add(step)
	return e
}

// SetRoot completes the path: Path becomes the struct's name followed by the steps that were added, of which
// the first 32 and the last 32 are kept. It returns e.
func (e *Error) SetRoot(structName string) *Error {
	if e.trail == nil {
		e.Path = structName
		return e
	}
	var b strings.Builder
	b.WriteString(structName)
	e.trail.write(&b)
	e.Path = b.String()
	e.trail = nil
	return e
}

// keyLimit is the longest string key, in bytes, that an error path shows whole.
const keyLimit = 32

// FormatKey returns a map key as an error path shows it: strings quoted as in Go and, when longer than 32
// bytes, cut to their first 32 and followed by "..."; bools and numbers, enums included, as in Go. A key of
// another kind has no text of its own and is shown as its type.
func FormatKey(k reflect.Value) string {
	switch k.Kind() {
	case reflect.String:
		s := k.String()
		if len(s) > keyLimit {
			return strconv.Quote(s[:keyLimit]) + "..."
		}
		return strconv.Quote(s)
	case reflect.Bool:
		return strconv.FormatBool(k.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(k.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(k.Float(), 'g', -1, 64)
	}
	return TypeText(k.Type())
}
