package build

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
)

// A Module is what the builders make of one struct type for one task: IR functions that call each other, and the
// rows that their exits name by number.
type Module struct {
	Task
	// Functions has the bodies of structs first, Bodies of them, with that of the type itself at the start; see Task for their
	// parameters and results. They are followed by helpers: functions that are the same for all types.
	Functions []*ir.Func
	Bodies    int
	rows
	// Texts: values may hold strings or binaries.
	Texts bool
}

// Errors of modules that cannot be made. The type stays with the plain codec then.
var (
	errNarrowHost = errors.New("native code is for hosts with 64 bits")
	errTooLarge   = errors.New("a struct of more than 2147483647 bytes")
	errTooWide    = fmt.Errorf("native code is for structs of at most %d values: fields, and what is in their lists, maps and small structs", mostValues)
	errTooMany    = fmt.Errorf("native code is for at most %d values in all structs of a type", mostValuesInAll)
	// ErrNoDefaultYet will be gone when InitDefault has returned.
	ErrNoDefaultYet = errors.New("InitDefault of the type is still running")
)

// A Translator makes a module.
type Translator struct {
	Module
	// loops are the structs through which every cycle of types goes: at least one struct of each cycle is among them.
	loops map[*schema.StructType]bool
	// reaching are known results of reachesLoop.
	reaching map[*schema.StructType]bool
	// inlineCosts are sizes of code, fuelCosts are shares of the fuel; see inlineCost and fuelCost.
	inlineCosts, fuelCosts map[*schema.StructType]int64
	// wrapped are structs whose code is part of the root's, although it is large; see findWrapped.
	wrapped map[*schema.StructType]bool
	// root is the type itself; values counts those of all structs.
	root   *schema.StructType
	values int
	// bodies names the functions of structs that have them; names has all names in use, and counts what newName made of each.
	bodies map[bodyKey]string
	names  map[string]int
	// objectRows, listRows, mapRows and constantRows are the numbers of the rows that there are, by what they are for.
	objectRows, mapRows map[reflect.Type]int64
	listRows            map[listRow]int64
	constantRows        map[string]int64
	// pending are the structs whose function is named but not built, helpers build the functions that others share.
	pending []bodyKey
	helpers []func() *ir.Func
	// finished are helpers that need not be built.
	finished HelperSet
	err      error
}

// New builds the functions of s, except helpers that are finished.
func New(s *schema.StructType, task Task, finished HelperSet) (*Module, error) {
	if bits.UintSize != 64 {
		return nil, errNarrowHost
	}
	b := &Translator{
		Module:      Module{Task: task},
		root:        s,
		loops:       map[*schema.StructType]bool{},
		wrapped:     map[*schema.StructType]bool{},
		reaching:    map[*schema.StructType]bool{},
		inlineCosts: map[*schema.StructType]int64{}, fuelCosts: map[*schema.StructType]int64{},
		bodies: map[bodyKey]string{}, names: map[string]int{}, finished: finished,
		objectRows: map[reflect.Type]int64{}, mapRows: map[reflect.Type]int64{}, listRows: map[listRow]int64{},
		constantRows: map[string]int64{},
	}
	b.findLoops(s, map[*schema.StructType]bool{})
	b.findWrapped()
	b.bodyOf(bodyKey{s, ""})
	for len(b.pending) > 0 && b.err == nil {
		next := b.pending[0]
		b.pending = b.pending[1:]
		b.Functions = append(b.Functions, b.Format.Build(b, next.of, next.variant))
	}
	if b.err != nil {
		return nil, b.err
	}
	b.Module.Bodies = len(b.Functions)
	for i := 0; i < len(b.helpers); i++ { // one may need another
		b.Functions = append(b.Functions, b.helpers[i]())
	}
	return &b.Module, nil
}

// A bodyKey says what a function is for: a struct, and which of several functions that a format has for it, "" for the usual one.
type bodyKey struct {
	of      *schema.StructType
	variant string
}

// bodyOf returns the name of a function and sees to it that it gets built.
func (d *Translator) bodyOf(key bodyKey) string {
	name, ok := d.bodies[key]
	if !ok {
		name = d.newName(d.Task.String() + key.variant + "." + symbolText(key.of.Name))
		d.bodies[key] = name
		d.pending = append(d.pending, key)
	}
	return name
}

// Helper returns name, that of a function which several others call, and sees to it that it gets built. What build makes
// must depend on the format and the name alone, not on the type or the module: it is built once in a process. See HelperSet.
func (d *Translator) Helper(name string, build func() *ir.Func) string {
	if d.names[name] > 0 {
		return name
	}
	d.names[name] = 1
	if f := d.finished[helperKey{d.Format, name}]; f != nil {
		build = func() *ir.Func {
			d.finishedCallees(f)
			return f
		}
	}
	d.helpers = append(d.helpers, build)
	return name
}

// finishedCallees sees to it that the helpers that f calls, which are finished too, are part of the module.
func (d *Translator) finishedCallees(f *ir.Func) {
	for _, b := range f.Blocks {
		for _, i := range b.Insts {
			if i.Op == ir.Call || i.Op == ir.SkipValue {
				d.Helper(i.Symbol, nil)
			}
		}
	}
}

// newName makes a name unique: types of different packages may have one name.
func (d *Translator) newName(name string) string {
	unique := name
	for d.names[unique] > 0 {
		d.names[name]++
		unique = name + "." + strconv.Itoa(d.names[name])
	}
	d.names[unique] = 1
	return unique
}

// symbolText makes a symbol of a Go name, which may have any letters.
func symbolText(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '$'
	}, name)
}

// innerStructs returns the structs that a field of type t leads to.
func innerStructs(t *schema.Type) (inner []*schema.StructType) {
	for ; t.Elem != nil; t = t.Elem {
		if t.Key != nil {
			inner = append(inner, innerStructs(t.Key)...)
		}
	}
	if t.Struct != nil {
		inner = append(inner, t.Struct)
	}
	return inner
}

// Compiling takes up to a quarter of a millisecond and 100 KB for each value of a struct. These bound what one type can make a
// program spend.
const (
	mostValues      = 4 << 10
	mostValuesInAll = 16 << 10
)

// countValues refuses structs that have too many values, alone or together with those that were counted before.
func (d *Translator) countValues(s *schema.StructType) {
	n := 0
	for i := range s.Fields {
		n += valuesIn(s.Fields[i].Type)
	}
	if n > mostValues {
		d.fail(s, errTooWide)
	}
	if d.values += n; d.values > mostValuesInAll {
		d.fail(d.root, errTooMany)
	}
}

// valuesIn counts a value and the kinds of values that it holds.
func valuesIn(t *schema.Type) int {
	n := 1
	for level := 0; t.Elem != nil; t = t.Elem {
		n += 1 + level/4 // deep values are in more loops
		if t.Key != nil {
			n++
		}
		level++
	}
	if t.Kind == schema.Struct && len(t.Struct.Fields) <= mostInlined { // its code may be inlined
		n += len(t.Struct.Fields)
	}
	return n
}

// findLoops walks through all structs that native code may reach from s. A struct that is met again while it is open
// closes a cycle.
func (d *Translator) findLoops(s *schema.StructType, open map[*schema.StructType]bool) {
	if d.loops[s] {
		return
	}
	if inProgress, seen := open[s]; seen {
		if inProgress {
			d.loops[s] = true
		}
		return
	}
	open[s] = true
	d.countValues(s)
	if s.Go.Size() > math.MaxInt32 { // distances in loads and stores have 32 bits
		d.fail(s, errTooLarge)
	}
	for i := range s.Fields {
		for _, inner := range innerStructs(s.Fields[i].Type) {
			d.findLoops(inner, open)
		}
	}
	open[s] = false
}

// leadsToLoop reports whether a value of type t may hold a struct of a cycle of types.
func (d *Translator) leadsToLoop(t *schema.Type) bool {
	return slices.ContainsFunc(innerStructs(t), d.reachesLoop)
}

func (d *Translator) reachesLoop(s *schema.StructType) bool {
	if d.loops[s] {
		return true
	}
	reaches, known := d.reaching[s]
	if !known {
		for i := range s.Fields {
			reaches = reaches || d.leadsToLoop(s.Fields[i].Type)
		}
		d.reaching[s] = reaches
	}
	return reaches
}

// mostInlined is the largest inlineCost of structs whose code is part of the functions that use them.
const mostInlined = 24

// Inlined reports whether s has no function of its own. Decoders are too large for that.
func (d *Translator) Inlined(s *schema.StructType) bool {
	return d.Operation != Decode && !d.loops[s] && (d.inlineCost(s) <= mostInlined || d.wrapped[s])
}

// The arguments and the results of calls are structs of few fields around those of the user. A root is taken for one of them if it has
// at most wrapperFields. A struct that only such a field holds has its code in the root's function if its inlineCost is at most
// mostWrapped: that makes no code twice, saves a call, and lets its maps be read ahead.
const (
	wrapperFields = 4
	mostWrapped   = 160
)

// findWrapped finds the structs in a root that wraps them.
func (d *Translator) findWrapped() {
	if len(d.root.Fields) > wrapperFields || d.Operation == Decode || d.loops[d.root] {
		return
	}
	uses := map[*schema.StructType]int{}
	countUses(d.root, uses)
	for i := range d.root.Fields {
		s := d.root.Fields[i].Type.Struct
		if s != nil && uses[s] == 1 && !d.chargesFuel(s) && d.inlineCost(s) <= mostWrapped {
			d.wrapped[s] = true
		}
	}
}

// countUses counts in how many places of s, and of all structs inside, there is each struct.
func countUses(s *schema.StructType, uses map[*schema.StructType]int) {
	for i := range s.Fields {
		for _, inner := range innerStructs(s.Fields[i].Type) {
			if uses[inner]++; uses[inner] == 1 {
				countUses(inner, uses)
			}
		}
	}
}

// inlineCost estimates the code for the fields of s, in scalar fields.
func (d *Translator) inlineCost(s *schema.StructType) int64 {
	if w, ok := d.inlineCosts[s]; ok {
		return w
	}
	w := int64(1)
	if s.Union { // members are counted first
		w += int64(len(s.Fields))
	}
	if s.Held.Computed() {
		w = heldInlineCost
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		w += d.valueInlineCost(f.Type)
		if f.Requiredness == schema.Optional {
			w++
		}
	}
	d.inlineCosts[s] = w
	return w
}

// heldInlineCost is that of a message whose fields are computed: two numbers, and an exit or a call.
const heldInlineCost = mostInlined + 4

func (d *Translator) valueInlineCost(t *schema.Type) int64 {
	const callInlineCost = 3
	switch t.Kind {
	case schema.String, schema.Binary:
		return 3
	case schema.List, schema.Set:
		return 4 + d.valueInlineCost(t.Elem)
	case schema.Map:
		return 8 + d.valueInlineCost(t.Key) + d.valueInlineCost(t.Elem)
	case schema.Struct:
		if !d.Inlined(t.Struct) {
			return callInlineCost
		}
		return 1 + d.inlineCost(t.Struct)
	}
	return 1
}

// FreeCopyBytes is the number of bytes up to which code may copy them, or look at them, without charging for them.
const FreeCopyBytes = 512

// Costs are shares of the fuel, in wire bytes. A run of native code must not be long, whatever a value holds. So
//   - a loop charges the cost of an element for each turn;
//   - a copy of more than FreeCopyBytes charges its bytes; a shorter one counts as copyCost in the cost of the code around
//     it, which is less than it may take, since most are short;
//   - a body that lies on a cycle of types, or is large, charges its cost when it is entered, and counts as callCost in the
//     cost of its callers. The cost of any other body is part of the cost of its callers.
const (
	copyCost      = 128
	callCost      = 16
	mostUncharged = 4 << 10
)

// chargesFuel reports whether the function of s charges its cost when it is entered.
func (d *Translator) chargesFuel(s *schema.StructType) bool {
	return d.loops[s] || d.fuelCost(s) > mostUncharged
}

// fuelCost is what the fields of s take of the fuel.
func (d *Translator) fuelCost(s *schema.StructType) int64 {
	if c, ok := d.fuelCosts[s]; ok {
		return c
	}
	c := d.Format.StopBytes()
	if s.Held.Computed() {
		c = callCost
	}
	for i := range s.Fields {
		c += d.Format.HeaderBytes() + d.ValueCost(s.Fields[i].Type)
	}
	d.fuelCosts[s] = c
	return c
}

// ValueCost is what a value takes of the fuel.
func (d *Translator) ValueCost(t *schema.Type) int64 {
	switch t.Kind {
	case schema.String, schema.Binary:
		return copyCost
	case schema.List, schema.Set:
		if IsScalar(t.Elem) {
			return copyCost
		}
		return callCost
	case schema.Map:
		return callCost
	case schema.Struct:
		if d.chargesFuel(t.Struct) {
			return callCost
		}
		return d.fuelCost(t.Struct)
	}
	return d.Format.ScalarBytes(t)
}

// fail keeps the first reason why there will be no module, with the struct that it is about unless that is the type itself.
func (d *Translator) fail(s *schema.StructType, err error) {
	switch {
	case d.err != nil:
	case s == d.root:
		d.err = err
	default:
		d.err = fmt.Errorf("%s: %w", codec.TypeText(s.Go), err)
	}
}
