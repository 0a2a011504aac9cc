// Package plain is the service of idl/alltypes.thrift as a Go programmer writes it: structs with tags, contracts with
// func fields, and a value with methods.
package plain

import (
	"context"
	"fmt"
)

// Color is an enum.
type Color int64

// The colors.
const (
	Red   Color = 1
	Green Color = 2
	Blue  Color = 5
)

// Point has required fields.
type Point struct {
	X int32 `frugal:"1,required"`
	Y int32 `frugal:"2,required"`
}

// Everything has a field of each kind.
type Everything struct {
	Flag    bool                           `frugal:"1"`
	Tiny    int8                           `frugal:"2"`
	Small   int16                          `frugal:"3"`
	Medium  int32                          `frugal:"4"`
	Large   int64                          `frugal:"5"`
	Real    float64                        `frugal:"6"`
	Text    string                         `frugal:"7"`
	Blob    []byte                         `frugal:"8"`
	Color   Color                          `frugal:"9,default,Color"`
	Point   *Point                         `frugal:"10"`
	Numbers []int32                        `frugal:"11,default,list<i32>"`
	Names   []string                       `frugal:"12,default,set<string>"`
	Counts  map[string]int64               `frugal:"13"`
	Grid    [][]Point                      `frugal:"14,default,list<list<Point>>"`
	Nested  map[int32]map[string][]float64 `frugal:"15,default,map<i32:map<string:list<double>>>"`
	Places  map[string]*Point              `frugal:"16"`
	Deep    []map[int16][]int8             `frugal:"17,default,list<map<i16:set<i8>>>"`
	Note    *string                        `frugal:"18,optional"`
	Maybe   *int32                         `frugal:"19,optional"`
	Palette []Color                        `frugal:"20,default,list<Color>"`
	Bits    []bool                         `frugal:"300,default,list<bool>"`
}

// NotFound is an exception that methods declare.
type NotFound struct {
	Key  string   `frugal:"1"`
	Near []string `frugal:"2,default,list<string>"`
}

// Error makes it an error.
func (e *NotFound) Error() string { return fmt.Sprintf("no %s; there are %q", e.Key, e.Near) }

// Denied is another.
type Denied struct {
	Reason string `frugal:"1"`
	Level  Color  `frugal:"2,default,Color"`
}

// Error makes it an error.
func (e *Denied) Error() string { return fmt.Sprintf("denied: %s (%d)", e.Reason, e.Level) }

// AllTypes is the contract of the service of this name.
type AllTypes struct {
	Ping func(ctx context.Context) error `rpc:"ping"`

	EchoBool   func(ctx context.Context, value bool) (bool, error)       `rpc:"echoBool"`
	EchoI8     func(ctx context.Context, value int8) (int8, error)       `rpc:"echoI8"`
	EchoI16    func(ctx context.Context, value int16) (int16, error)     `rpc:"echoI16"`
	EchoI32    func(ctx context.Context, value int32) (int32, error)     `rpc:"echoI32"`
	EchoI64    func(ctx context.Context, value int64) (int64, error)     `rpc:"echoI64"`
	EchoDouble func(ctx context.Context, value float64) (float64, error) `rpc:"echoDouble"`
	EchoString func(ctx context.Context, value string) (string, error)   `rpc:"echoString"`
	EchoBinary func(ctx context.Context, value []byte) ([]byte, error)   `rpc:"echoBinary"`

	EchoColor      func(ctx context.Context, value Color) (Color, error)             `rpc:"echoColor" params:"1=Color" returns:"Color"`
	EchoSet        func(ctx context.Context, value []string) ([]string, error)       `rpc:"echoSet" params:"1=set<string>" returns:"set<string>"`
	EchoGrid       func(ctx context.Context, value [][]int32) ([][]int32, error)     `rpc:"echoGrid" params:"1=list<list<i32>>" returns:"list<list<i32>>"`
	EchoNested     func(ctx context.Context, value Nested) (Nested, error)           `rpc:"echoNested" params:"1=map<string:map<i32:list<Point>>>" returns:"map<string:map<i32:list<Point>>>"`
	EchoEverything func(ctx context.Context, value *Everything) (*Everything, error) `rpc:"echoEverything"`

	Sample func(ctx context.Context) (*Everything, error)     `rpc:"sample"`
	Check  func(ctx context.Context, value *Everything) error `rpc:"check"`

	Join func(ctx context.Context, flag bool, tiny int8, small int16, medium int32, large int64, real float64, text string,
		blob []byte, color Color, point *Point, numbers []int32) (string, error) `rpc:"join" params:"1,2,3,4,6,7,8,9,20=Color,21,22=list<i32>"`

	Find   func(ctx context.Context, key string) (*Everything, error) `rpc:"find" throws:"1=NotFound,2=Denied"`
	Remove func(ctx context.Context, key string, version int32) error `rpc:"remove" throws:"1=NotFound,2=Denied"`

	Notify   func(ctx context.Context, key string, count int64) error `rpc:"notify,oneway"`
	Notified func(ctx context.Context, key string) (int64, error)     `rpc:"notified"`

	Delay func(ctx context.Context, text string, milliseconds int32) (string, error) `rpc:"delay"`
	Fail  func(ctx context.Context, text string) error                               `rpc:"fail"`
	Owner func(ctx context.Context) (string, error)                                  `rpc:"owner"`
}

// Nested is what EchoNested takes.
type Nested = map[string]map[int32][]*Point

// Calculator is the contract of the second service.
type Calculator struct {
	Add   func(ctx context.Context, left int32, right int64) (int64, error) `rpc:"add"`
	Owner func(ctx context.Context) (string, error)                         `rpc:"owner"`
}
