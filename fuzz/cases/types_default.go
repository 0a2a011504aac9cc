package cases

import "math"

// FloatDefaults has defaults that == cannot compare: they are compared by their bits.
type FloatDefaults struct {
	NegativeZero float64 `frugal:"1,optional,double"`
	NaN          float64 `frugal:"2,optional,double"`
	Infinity     float64 `frugal:"3,optional,double"`
	Zero         float64 `frugal:"4,optional,double"`
	Flag         bool    `frugal:"5,optional,bool"`
}

// DefaultNaN is a NaN with a payload that arithmetic would not produce.
var DefaultNaN = math.Float64frombits(0x7ff8_0000_dead_beef)

// InitDefault sets the unusual defaults.
func (f *FloatDefaults) InitDefault() {
	*f = FloatDefaults{NegativeZero: math.Copysign(0, -1), NaN: DefaultNaN, Infinity: math.Inf(1)}
}

// DefaultHolder has structs with defaults in each place.
type DefaultHolder struct {
	Pointer *Defaults           `frugal:"1,optional,Defaults"`
	Value   Defaults            `frugal:"2,optional,Defaults"`
	List    []Defaults          `frugal:"3,optional,list<Defaults>"`
	Refs    []*Defaults         `frugal:"4,optional,list<Defaults>"`
	Named   map[string]Defaults `frugal:"5,optional,map<string:Defaults>"`
	Floats  FloatDefaults       `frugal:"6,optional,FloatDefaults"`
}
