package validate

import (
	"reflect"
	"strconv"
	"sync"
	"unsafe"
)

// mapScratch is what entries of a map are copied to, so that they have an address.
type mapScratch struct {
	iterator   reflect.MapIter
	key, value reflect.Value // variables
}

// newScratch returns a pool of scratches for maps of a type.
func newScratch(t reflect.Type) *sync.Pool {
	return &sync.Pool{New: func() any {
		return &mapScratch{key: reflect.New(t.Key()).Elem(), value: reflect.New(t.Elem()).Elem()}
	}}
}

func (w *walk) mapping(p *valuePlan, at, base unsafe.Pointer) {
	m := reflect.NewAt(p.typ, at).Elem() // at points to a variable of the type, which the caller keeps alive
	if m.IsNil() && (p.notNil != nil || p.required != nil) {
		w.missing(p)
		return
	}
	w.check(p, sizedDatum(m.Len()), at, base)
	if p.key == nil && p.elem == nil && p.noSparse == nil || m.Len() == 0 || w.over() || !w.enter() {
		return
	}
	s := p.scratch.Get().(*mapScratch)
	s.iterator.Reset(m)
	for s.iterator.Next() && w.entry(p, s, base) {
	}
	s.iterator.Reset(reflect.Value{})
	s.key.SetZero()
	s.value.SetZero()
	p.scratch.Put(s)
	w.depth--
}

// entry checks an entry of a map, and reports whether to go on with the next.
func (w *walk) entry(p *valuePlan, s *mapScratch, base unsafe.Pointer) bool {
	before := len(w.found)
	if p.key != nil {
		s.key.SetIterKey(&s.iterator)
		w.value(p.key, s.key.Addr().UnsafePointer(), base)
	}
	if (p.elem != nil || p.noSparse != nil) && !w.over() {
		s.value.SetIterValue(&s.iterator)
		if p.noSparse != nil && s.value.IsNil() {
			w.violate(p.noSparse, nil, "")
		} else if p.elem != nil {
			w.value(p.elem, s.value.Addr().UnsafePointer(), base)
		}
	}
	w.under(before, func() string {
		s.key.SetIterKey(&s.iterator)
		return "[" + keyText(s.key) + "]"
	})
	return !w.over()
}

// keyText shows the key of a map in a path.
func keyText(key reflect.Value) string {
	t := key.Type()
	switch c := classOf(t); {
	case c == text:
		return strconv.Quote(load(t.Kind(), key.Addr().UnsafePointer()).shown().(string))
	case c != 0 && c != sized:
		d := load(t.Kind(), key.Addr().UnsafePointer())
		switch c {
		case whole:
			return strconv.FormatInt(int64(d.bits), 10)
		case unsigned:
			return strconv.FormatUint(d.bits, 10)
		case truth:
			return strconv.FormatBool(d.isTrue())
		}
		return strconv.FormatFloat(d.float(), 'g', -1, 64)
	}
	return "key" // a struct
}
