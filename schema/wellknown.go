package schema

import (
	"reflect"
	"time"
)

// Protobuf has messages for times, durations and single values with presence. A tag may say that Go code holds what they mean in place of
// a struct. Such a field is a message like others, whose plan says so; nothing else in a plan tells.

// Held says what Go memory holds in place of the struct of a message.
type Held uint8

// The forms of it.
const (
	// HeldFields is the struct itself, as of all messages but those below.
	HeldFields Held = iota
	// HeldTime is a time.Time. The plan has no fields.
	HeldTime
	// HeldDuration is a time.Duration. The plan has no fields.
	HeldDuration
	// HeldValue is the value of the message's only field, at offset 0.
	HeldValue
)

// heldWords are the words of tags for them.
var heldWords = map[string]Held{"stdtime": HeldTime, "stdduration": HeldDuration, "wktptr": HeldValue}

// Computed reports whether the fields of the message are computed from what memory holds, and the other way round.
func (h Held) Computed() bool { return h == HeldTime || h == HeldDuration }

var (
	timePlan     = heldPlan("Timestamp", HeldTime, reflect.TypeFor[time.Time]())
	durationPlan = heldPlan("Duration", HeldDuration, reflect.TypeFor[time.Duration]())
)

// wrapperPlans are the plans of messages with a single value, by the kinds of the types that hold it.
var wrapperPlans = map[reflect.Kind]*StructType{
	reflect.Float64: wrapperPlan("DoubleValue", Type{Kind: Double, Go: reflect.TypeFor[float64](), Form: Fixed}),
	reflect.Float32: wrapperPlan("FloatValue", Type{Kind: Float, Go: reflect.TypeFor[float32](), Form: Fixed}),
	reflect.Int64:   wrapperPlan("Int64Value", Type{Kind: I64, Go: reflect.TypeFor[int64]()}),
	reflect.Uint64:  wrapperPlan("UInt64Value", Type{Kind: U64, Go: reflect.TypeFor[uint64]()}),
	reflect.Int32:   wrapperPlan("Int32Value", Type{Kind: I32, Go: reflect.TypeFor[int32]()}),
	reflect.Uint32:  wrapperPlan("UInt32Value", Type{Kind: U32, Go: reflect.TypeFor[uint32]()}),
	reflect.Bool:    wrapperPlan("BoolValue", Type{Kind: Bool, Go: reflect.TypeFor[bool]()}),
	reflect.String:  wrapperPlan("StringValue", Type{Kind: String, Go: reflect.TypeFor[string](), UTF8: true}),
	reflect.Slice:   wrapperPlan("BytesValue", Type{Kind: Binary, Go: reflect.TypeFor[[]byte]()}),
}

// heldPlan makes the plan of a message in place of which memory holds a t.
func heldPlan(name string, held Held, t reflect.Type) *StructType {
	s := &StructType{Go: t, Name: name, Held: held, Generated: true}
	s.ready.Store(true)
	return s
}

func wrapperPlan(name string, of Type) *StructType {
	s := heldPlan(name, HeldValue, of.Go)
	s.Fields = []Field{{ID: 1, Name: "Value", WireName: "value", Type: &of, Requiredness: Implicit}}
	return s
}

// element maps a value that is no list and no map, or one in those, as value does, unless the tag says that t is held in place of a message.
func (m *protobufMapper) element(t reflect.Type, wire string, form Form) (*Type, *fault) {
	if m.tag.held == HeldFields {
		return m.value(t, wire, form)
	}
	if wire != "" && wire != "bytes" || form != Plain {
		return nil, m.misfit(t, "a message")
	}
	base := t
	if t.Kind() == reflect.Pointer {
		base = t.Elem()
	}
	var plan *StructType
	switch {
	case m.tag.held == HeldTime && base == timePlan.Go:
		plan = timePlan
	case m.tag.held == HeldDuration && base == durationPlan.Go:
		plan = durationPlan
	case m.tag.held == HeldValue && (base.Kind() != reflect.Slice || isBytes(base)):
		plan = wrapperPlans[base.Kind()]
	}
	if plan == nil {
		return nil, m.misfit(t, m.tag.held.wanted())
	}
	return &Type{Kind: Struct, Go: t, Pointer: t != base, Struct: plan}, nil
}

// wanted says what a type is that does not fit.
func (h Held) wanted() string {
	switch h {
	case HeldTime:
		return "no time.Time"
	case HeldDuration:
		return "no time.Duration"
	}
	return "none of the types that wktptr is for: float64, float32, int64, uint64, int32, uint32, bool, string and []byte"
}
