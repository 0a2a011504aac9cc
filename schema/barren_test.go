package schema

//lint:file-ignore U1000 plans are made of these fields by reflection

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagwire/tagwire/codec"
)

type (
	untaggedPoint struct{ X, Y int32 }
	untaggedBytes struct{ _unknownFields []string }
	onlyEmbeds    struct{ item }
	holdsUntagged struct {
		ID    int64                       `frugal:"1"`
		Inner map[string][]*untaggedPoint `thrift:"inner,2,default,map<string:set<untaggedPoint>>"`
	}
	leadsToUntagged struct {
		Good holdsUntagged `frugal:"1"`
	}
)

// TestStructsOfWhichNothingTravels: a struct that has fields and no tags is a mistake wherever it stands.
func TestStructsOfWhichNothingTravels(t *testing.T) {
	anonymous := reflect.TypeFor[struct{ A, B string }]()
	built := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int32](), Tag: `json:"a"`}})
	for _, barren := range []reflect.Type{
		reflect.TypeFor[time.Time](), reflect.TypeFor[sync.Mutex](), reflect.TypeFor[untaggedPoint](), reflect.TypeFor[onlyEmbeds](), anonymous, built,
	} {
		pointer := reflect.PointerTo(barren)
		name := StructName(barren)
		for _, test := range []struct {
			goType reflect.Type
			text   string
		}{
			{barren, name}, {pointer, name}, {reflect.SliceOf(barren), "list<" + name + ">"}, {reflect.SliceOf(pointer), "set<" + name + ">"},
			{reflect.MapOf(reflect.TypeFor[string](), barren), "map<string:" + name + ">"},
			{reflect.MapOf(pointer, reflect.TypeFor[string]()), "map<" + name + ":string>"},
			{reflect.SliceOf(reflect.SliceOf(pointer)), "list<list<" + name + ">>"},
		} {
			for _, tag := range []string{`frugal:"1,default,` + test.text + `"`, `thrift:"f,1,default,` + test.text + `"`} {
				_, err := Thrift.Of(structWith(test.goType, tag))
				var e *codec.Error
				if !errors.As(err, &e) || e.Code != codec.UnsupportedType || e.Path != "struct.F" || e.Type != test.goType || e.Offset != codec.NoOffset {
					t.Errorf("%v: %+v", test.goType, err)
					continue
				}
				if want := "tag " + tag + ": " + barren.String() + " has fields but no tags"; !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not contain %q", err, want)
				}
			}
		}
		for _, top := range []reflect.Type{barren, pointer} {
			_, err := Thrift.Of(top)
			var e *codec.Error
			if !errors.As(err, &e) || e.Code != codec.UnsupportedType || e.Path != name || e.Type != barren || !strings.Contains(err.Error(), "has fields but no tags") {
				t.Errorf("%v at the top: %+v", top, err)
			}
		}
	}
}

func TestPathToStructsOfWhichNothingTravels(t *testing.T) {
	for range 2 { // a failure leaves nothing behind
		_, err := Thrift.Of(reflect.TypeFor[leadsToUntagged]())
		var e *codec.Error
		if !errors.As(err, &e) || e.Path != "holdsUntagged.Inner" || e.Type != reflect.TypeFor[map[string][]*untaggedPoint]() {
			t.Errorf("error %+v", err)
		}
	}
}

// TestEmptyStructs: without fields of its own a struct is empty on purpose.
func TestEmptyStructs(t *testing.T) {
	for _, empty := range []reflect.Type{
		reflect.TypeFor[struct{}](), reflect.TypeFor[item](), reflect.TypeFor[withNamedUnknown](), reflect.TypeFor[untaggedBytes](),
		reflect.TypeFor[struct{ _ [0]func() }](), reflect.TypeFor[struct{ _fieldmask *int }](),
		reflect.TypeFor[struct {
			_unknownFields []byte
			cached         int
		}](),
	} {
		if _, err := Thrift.Of(empty); err != nil {
			t.Error(err)
		}
		if _, err := Thrift.Of(structWith(empty, `frugal:"1"`)); err != nil {
			t.Error(err)
		}
	}
}

// TestTaggedFieldsMatterMoreThanNone: a struct whose only tags are wrong is refused for what is wrong with them.
func TestTaggedFieldsMatterMoreThanNone(t *testing.T) {
	for tag, want := range map[string]string{`frugal:1`: `write frugal:"1"`, `frugal:"x"`: `the id "x"`} {
		if _, err := Thrift.Of(structWith(reflect.TypeFor[int32](), tag)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", tag, err)
		}
	}
}
