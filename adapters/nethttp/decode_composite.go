package nethttp

import (
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/schema"
)

// composite reads a struct, a list, a set or a map that begins with token.
func (d *decoder) composite(t *schema.Type, into reflect.Value, token json.Token, depth int) error {
	begin, what := json.Delim('{'), "an object"
	if t.Kind == schema.List || t.Kind == schema.Set {
		begin, what = '[', "an array"
	}
	switch {
	case token != begin:
		return unexpected(token, what)
	case depth > maxDepth:
		return fault("the JSON nests more than %d levels deep", maxDepth)
	case t.Kind == schema.Struct:
		if initial, ok := into.Addr().Interface().(memory.Defaulter); ok {
			initial.InitDefault()
		}
		return d.object(d.plans[t.Struct], into, depth)
	case t.Kind == schema.Map:
		return d.mapping(t, into, depth)
	}
	return d.list(t, into, depth)
}

// object reads a struct behind its {.
func (d *decoder) object(s *structPlan, into reflect.Value, depth int) error {
	named, seen, present := make([]bool, len(s.Fields)), make([]bool, len(s.Fields)), 0
	for d.tokens.More() {
		key, err := d.key()
		if err != nil {
			return err
		}
		i, known := s.byName[key]
		if !known {
			var skipped json.RawMessage
			if err := d.tokens.Decode(&skipped); err != nil {
				return readError(err)
			}
			continue
		}
		if named[i] {
			return under(fault("the field is there twice"), "."+s.names[i])
		}
		named[i] = true
		token, err := d.next()
		switch {
		case err != nil:
			return err
		case token == nil: // null is for what is absent
			continue
		}
		seen[i] = true
		present++
		if err := d.convert(s.Fields[i].Type, into.Field(s.index[i]), token, depth); err != nil {
			return under(err, "."+s.names[i])
		}
	}
	if _, err := d.next(); err != nil { // the }
		return err
	}
	for i := range s.Fields {
		if !seen[i] && s.Fields[i].Requiredness == schema.RequiredField {
			return under(fault("the required field is missing"), "."+s.names[i])
		}
	}
	if s.Union && present != 1 {
		return fault("a union has one field, and not %d", present)
	}
	return nil
}

// list reads a list or a set behind its [.
func (d *decoder) list(t *schema.Type, into reflect.Value, depth int) error {
	list := reflect.MakeSlice(t.Base(), 0, 0)
	size := int(t.Elem.Go.Size()) + 1 // so that elements of no bytes are counted, too
	for i := 0; d.tokens.More(); i++ {
		if err := d.take(size); err != nil {
			return err
		}
		list = reflect.Append(list, reflect.Zero(t.Elem.Go))
		if err := d.element(t.Elem, list.Index(i), depth); err != nil {
			return under(err, "["+strconv.Itoa(i)+"]")
		}
	}
	into.Set(list)
	_, err := d.next() // the ]
	return err
}

// mapping reads a map behind its {.
func (d *decoder) mapping(t *schema.Type, into reflect.Value, depth int) error {
	made := reflect.MakeMap(t.Base())
	size := int(t.Key.Go.Size()+t.Elem.Go.Size()) + 16 // what a map takes besides
	for d.tokens.More() {
		text, err := d.key()
		if err != nil {
			return err
		}
		step := "[" + strconv.Quote(text[:min(len(text), 40)]) + "]"
		if err := d.take(size + len(text)); err != nil {
			return err
		}
		key, value := reflect.New(t.Key.Go).Elem(), reflect.New(t.Elem.Go).Elem()
		if t.Key.Kind == schema.String {
			key.SetString(text)
		} else if err := setInteger(t.Key.Kind, key, text); err != nil {
			return under(err, step)
		}
		if made.MapIndex(key).IsValid() {
			return under(fault("the key is there twice"), step)
		}
		if err := d.element(t.Elem, value, depth); err != nil {
			return under(err, step)
		}
		made.SetMapIndex(key, value)
	}
	into.Set(made)
	_, err := d.next() // the }
	return err
}
