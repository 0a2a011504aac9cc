package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// walk is one check of a value.
type walk struct {
	limit int // how many violations end it
	depth int // how many structs and containers are open
	found []*Error
	paths []trail // those of found
	fault error   // what ends it besides
	// deep is where values are nested too deeply, if that is the fault.
	deep trail
}

// trail is the steps that lead to a value, the last one first: it grows as the walk returns. It is as long as values are nested, at most.
type trail []string

// text returns the path. Steps of containers stand in brackets, and only those of fields take a dot.
func (t trail) text() string {
	var b strings.Builder
	for _, step := range slices.Backward(t) {
		if b.Len() > 0 && step != "" && step[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}

// First returns the first violation that is found in the struct at an address, or nil. at is nil or points to a value of the plan's type. An
// *Error is a violation, and a *codec.Error tells why the value cannot be checked.
func (p *Plan) First(at unsafe.Pointer) error {
	found, err := p.All(at, 1)
	if len(found) > 0 {
		return found[0]
	}
	return err
}

// All returns violations in the struct at an address, at most limit of them, and besides why checking has ended before the end
// of the value, if it has. See First.
func (p *Plan) All(at unsafe.Pointer, limit int) ([]*Error, error) {
	if p == nil || at == nil || limit < 1 {
		return nil, nil
	}
	w := walk{limit: limit}
	w.structure(p.body, at)
	for i, e := range w.found {
		e.Path = w.paths[i].text()
	}
	if w.deep != nil {
		w.fault.(*codec.Error).Path = codec.Shorten(w.deep.text(), mostPath)
	}
	return w.found, w.fault
}

// over reports whether nothing is to be checked any more.
func (w *walk) over() bool { return w.fault != nil || len(w.found) >= w.limit }

func (w *walk) violate(r *rule, value any, detail string) {
	w.found = append(w.found, &Error{Rule: r.text, Value: value, Detail: detail})
	w.paths = append(w.paths, nil)
}

// enter begins a struct or a container, and reports whether it may be looked into.
func (w *walk) enter() bool {
	w.depth++
	if w.depth > codec.DefaultDepth && w.fault == nil {
		w.deep = trail{}
		w.fault = &codec.Error{Code: codec.DepthLimit, Offset: codec.NoOffset,
			Err: fmt.Errorf("values that are checked are nested at most %d deep; this one may contain itself", codec.DefaultDepth)}
	}
	return w.fault == nil
}

// under puts a step before the paths of violations that were found since there were that many, and of the fault.
func (w *walk) under(before int, step func() string) {
	if len(w.found) == before && w.deep == nil {
		return
	}
	text := step()
	for i := before; i < len(w.paths); i++ {
		w.paths[i] = append(w.paths[i], text)
	}
	if w.deep != nil {
		w.deep = append(w.deep, text)
	}
}

func (w *walk) structure(b *body, at unsafe.Pointer) {
	if !w.enter() {
		return
	}
	for i := range b.fields {
		f := &b.fields[i]
		before := len(w.found)
		w.value(f.plan, unsafe.Add(at, f.offset), at) // inside of the struct, which the caller keeps alive
		w.under(before, func() string { return f.name })
		if w.over() {
			return
		}
	}
	for _, a := range b.asserts {
		if !a.rule.asserts(at) {
			before := len(w.found)
			w.violate(a.rule, nil, "")
			w.under(before, func() string { return a.field })
			if w.over() {
				return
			}
		}
	}
	w.depth--
}

// asserts reports whether the struct at base keeps an assertion.
func (r *rule) asserts(base unsafe.Pointer) bool {
	d, outcome := r.operands[0].value(base)
	return outcome == absent || outcome == known && d.isTrue()
}

// value checks the value at an address, which belongs to the struct at base.
func (w *walk) value(p *valuePlan, at, base unsafe.Pointer) {
	for range p.pointers {
		if at = *(*unsafe.Pointer)(at); at == nil { // what it points to lives as long as what holds the pointer
			w.missing(p)
			return
		}
	}
	switch p.shape {
	case scalar:
		w.scalar(p, at, base)
	case list:
		w.list(p, at, base)
	case mapping:
		w.mapping(p, at, base)
	case structure:
		if p.body != nil && !p.skip {
			w.structure(p.body, at)
		}
	case dynamic:
		w.dynamic(p, at)
	}
}

// missing is for a value that is nil.
func (w *walk) missing(p *valuePlan) {
	switch {
	case p.notNil != nil:
		w.violate(p.notNil, nil, "")
	case p.required != nil:
		w.violate(p.required, nil, "")
	}
}

func (w *walk) scalar(p *valuePlan, at, base unsafe.Pointer) {
	if p.class == text && p.kind == reflect.Slice && (*sliceHeader)(at).data == nil && (p.notNil != nil || p.required != nil) {
		w.missing(p)
		return
	}
	w.check(p, load(p.kind, at), at, base)
}

// check checks the rules of a value that is there, and is no struct.
func (w *walk) check(p *valuePlan, v datum, at, base unsafe.Pointer) {
	if p.required != nil && p.pointers == 0 && v.isZero() {
		w.violate(p.required, v.shown(), "")
		if w.over() {
			return
		}
	}
	if p.bounds.contain(v) {
		return
	}
	for _, r := range p.rules {
		if r.keeps(v, at, base) {
			continue
		}
		shown := v
		if r.ofSize {
			if shown = v.size(); r.fits == fitsText {
				shown = runes(v)
			}
		}
		w.violate(r, shown.shown(), r.detail(base))
		if w.over() {
			return
		}
	}
}

// detail says what the operand of a rule was, where the rule does not.
func (r *rule) detail(base unsafe.Pointer) string {
	if len(r.operands) != 1 || r.operands[0].evaluate == nil {
		return ""
	}
	d, outcome := r.operands[0].value(base)
	if outcome == failed {
		return "what it is compared with is out of range"
	}
	if d.class == text {
		return "which is " + strconv.Quote(d.shown().(string)) + " here"
	}
	return fmt.Sprintf("which is %v here", d.shown())
}

func (w *walk) list(p *valuePlan, at, base unsafe.Pointer) {
	header := *(*sliceHeader)(at) // a copy: the array and its length belong together, whatever is done to the slice meanwhile
	if header.data == nil && (p.notNil != nil || p.required != nil) {
		w.missing(p)
		return
	}
	w.check(p, sizedDatum(header.length), at, base)
	if p.unique != nil && !w.over() {
		w.unique(p, header)
	}
	if p.elem == nil || header.length == 0 || w.over() || !w.enter() {
		return
	}
	size := p.typ.Elem().Size()
	for i := range header.length {
		before := len(w.found)
		w.value(p.elem, unsafe.Add(header.data, uintptr(i)*size), base) // inside of the array, as i is below its length
		w.under(before, func() string { return "[" + strconv.Itoa(i) + "]" })
		if w.over() {
			return
		}
	}
	w.depth--
}

// fewElements is up to which length elements are compared one by one; of longer lists a set is made.
const fewElements = 32

// unique checks that no two elements are equal. They are scalars behind no pointers.
func (w *walk) unique(p *valuePlan, header sliceHeader) {
	elem := p.typ.Elem()
	// Inside of the array, which header keeps alive, as i is below its length.
	at := func(i int) datum { return load(elem.Kind(), unsafe.Add(header.data, uintptr(i)*elem.Size())) }
	var seen map[datum]struct{}
	if header.length > fewElements {
		seen = make(map[datum]struct{}, header.length)
	}
	for i := range header.length {
		d := at(i)
		twice := false
		if seen == nil {
			for j := 0; j < i && !twice; j++ {
				twice = equal(at(j), d)
			}
		} else if d.class != real || d.float() == d.float() { // NaN equals nothing
			if d.isZero() && d.class == real {
				d = realDatum(0) // as -0 equals 0
			}
			_, twice = seen[d]
			seen[d] = struct{}{}
		}
		if twice {
			before := len(w.found)
			w.violate(p.unique, d.shown(), "")
			w.under(before, func() string { return "[" + strconv.Itoa(i) + "]" })
			if w.over() {
				return
			}
		}
	}
}

// dynamic checks what an interface holds, if that is a pointer to a struct. A nil pointer in it is nothing, as for the codec.
func (w *walk) dynamic(p *valuePlan, at unsafe.Pointer) {
	v := reflect.NewAt(p.typ, at).Elem() // at points to a variable of the type, which the caller keeps alive
	if v.IsNil() || v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() {
		w.missing(p)
		return
	}
	v = v.Elem()
	if p.skip || v.Kind() != reflect.Pointer || v.Type().Elem().Kind() != reflect.Struct {
		return
	}
	plan, err := Of(v.Type().Elem())
	if err != nil {
		w.fault = err
		return
	}
	if plan != nil {
		w.structure(plan.body, v.UnsafePointer())
	}
}
