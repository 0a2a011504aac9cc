package nethttp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"strconv"

	"github.com/tagwire/tagwire/schema"
)

// decoder reads values from the tokens of JSON.
type decoder struct {
	tokens *json.Decoder
	plans  plans
	memory int64 // how many bytes values may still take
}

// memoryFactor is how many bytes of memory a value may take for each byte of JSON that is allowed. Without a limit, a short text could
// take a lot: each {} in a list can be a large struct.
const memoryFactor = 16

func newDecoder(in io.Reader, p plans, limit int64) *decoder {
	d := &decoder{json.NewDecoder(in), p, min(limit, math.MaxInt64/memoryFactor) * memoryFactor}
	d.tokens.UseNumber()
	return d
}

// errLimit is the error for JSON that is too long, or whose values take too much memory.
var errLimit = errors.New("the message is too large")

// all reads one value of type t, behind which nothing may follow.
func (d *decoder) all(t *schema.Type, into reflect.Value) error {
	token, err := d.next()
	if err != nil {
		return err
	}
	if err := d.convert(t, into, token, 0); err != nil {
		return err
	}
	return d.end()
}

// allOf reads one object for a struct of arguments.
func (d *decoder) allOf(s *structPlan, into reflect.Value) error {
	token, err := d.next()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return unexpected(token, "an object")
	}
	if err := d.object(s, into, 1); err != nil {
		return err
	}
	return d.end()
}

func (d *decoder) end() error {
	if token, err := d.tokens.Token(); err == nil {
		return fault("%s follows the value", describe(token))
	} else if err != io.EOF {
		return readError(err)
	}
	return nil
}

// next returns the next token, where one has to be.
func (d *decoder) next() (json.Token, error) {
	token, err := d.tokens.Token()
	if err != nil {
		return nil, readError(err)
	}
	return token, nil
}

// key returns the next token, which is the key of an object's member.
func (d *decoder) key() (string, error) {
	token, err := d.next()
	if err != nil {
		return "", err
	}
	key, ok := token.(string)
	if !ok {
		return "", unexpected(token, "a key")
	}
	return key, nil
}

func readError(err error) error {
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return fmt.Errorf("%w: it has more than %d bytes", errLimit, long.Limit)
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return fault("the JSON ends too early")
	}
	return fault("%v", err)
}

// take counts memory.
func (d *decoder) take(bytes int) error {
	if d.memory -= int64(bytes); d.memory < 0 {
		return fmt.Errorf("%w: its values take too much memory", errLimit)
	}
	return nil
}

// element reads a value of type t that begins with the next token.
func (d *decoder) element(t *schema.Type, into reflect.Value, depth int) error {
	token, err := d.next()
	if err != nil {
		return err
	}
	return d.convert(t, into, token, depth)
}

// convert reads a value of type t that begins with token.
func (d *decoder) convert(t *schema.Type, into reflect.Value, token json.Token, depth int) error {
	if t.Pointer {
		if err := d.take(int(t.Base().Size())); err != nil {
			return err
		}
		made := reflect.New(t.Base())
		into.Set(made)
		into = made.Elem()
	}
	switch t.Kind {
	case schema.Bool:
		value, ok := token.(bool)
		if !ok {
			return unexpected(token, "true or false")
		}
		into.SetBool(value)
	case schema.I8, schema.I16, schema.I32, schema.I64, schema.Enum:
		number, ok := token.(json.Number)
		if !ok {
			return unexpected(token, "a number")
		}
		return setInteger(t.Kind, into, number.String())
	case schema.Double:
		number, ok := token.(json.Number)
		if !ok {
			return unexpected(token, "a number")
		}
		value, err := number.Float64()
		if err != nil {
			return fault("%.40s is no double", number)
		}
		into.SetFloat(value)
	case schema.String, schema.Binary:
		text, ok := token.(string)
		if !ok {
			return unexpected(token, "a string")
		}
		return d.setText(t.Kind, into, text)
	default:
		return d.composite(t, into, token, depth+1)
	}
	return nil
}

// bits has how many bits the integers have.
var bits = map[schema.Kind]int{schema.I8: 8, schema.I16: 16, schema.I32: 32, schema.I64: 64, schema.Enum: 32}

func setInteger(kind schema.Kind, into reflect.Value, digits string) error {
	value, err := strconv.ParseInt(digits, 10, bits[kind])
	if err != nil || into.OverflowInt(value) {
		return fault("%.40s is no %v", digits, kind)
	}
	into.SetInt(value)
	return nil
}

func (d *decoder) setText(kind schema.Kind, into reflect.Value, text string) error {
	if err := d.take(len(text)); err != nil {
		return err
	}
	if kind == schema.String {
		into.SetString(text)
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fault("binary is a string in base64: %v", err)
	}
	into.SetBytes(data)
	return nil
}

// under puts a step before the path of an error about a value.
func under(err error, step string) error {
	if e, ok := err.(*valueError); ok {
		return e.under(step)
	}
	return err
}

func unexpected(token json.Token, wanted string) error {
	return fault("%s where %s should be", describe(token), wanted)
}

// describe returns what kind of value begins with a token.
func describe(token json.Token) string {
	switch token := token.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return strconv.FormatBool(token)
	case json.Delim:
		switch token {
		case '{':
			return "an object"
		case '[':
			return "an array"
		}
	}
	return fmt.Sprint(token)
}
