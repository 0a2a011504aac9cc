package protobuf

import (
	"reflect"
	"strings"
	"testing"
)

// generated looks like what gogo/protobuf generates.
type generated struct {
	XXX_sizecache int32 `json:"-"`
}

func (*generated) Reset()                  {}
func (*generated) String() string          { return "" }
func (*generated) ProtoMessage()           {}
func (*generated) XXX_MessageName() string { return "their.Name" }

// custom has a form that its own methods know, and none of its fields is tagged.
type custom struct {
	Text string `protobuf:"-"`
}

func (*custom) ProtoMessage() {}

type embeds struct {
	generated
	Text string
}

func TestCheck(t *testing.T) {
	for _, good := range []reflect.Type{reflect.TypeFor[generated](), reflect.TypeFor[struct{}](), reflect.TypeFor[struct {
		A int32 `protobuf:"1"`
		B int
	}]()} {
		if err := Check(good); err != nil {
			t.Error(err)
		}
	}
	for want, bad := range map[string]reflect.Type{
		"behind A":         reflect.TypeFor[struct{ A int }](),
		"behind Text":      reflect.TypeFor[custom](),
		"behind generated": reflect.TypeFor[embeds](),
		"is no field number": reflect.TypeFor[struct {
			A int32 `protobuf:"0"`
		}](),
	} {
		if err := Check(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if CheckTagged(reflect.TypeFor[int]()) != nil || CheckTagged(reflect.TypeFor[*struct{ A int }]()) == nil {
		t.Error("CheckTagged takes pointers for what they point to, and nothing else for a struct")
	}
	if HasReflection(reflect.TypeFor[generated]()) {
		t.Error("version 1 has no reflection")
	}
}

func TestName(t *testing.T) {
	for service, want := range map[string]string{"shop.v1.Store": "shop.v1.embeds", "Store": "embeds"} {
		if got := Name(service, reflect.TypeFor[embeds]()); got != want {
			t.Error(got)
		}
	}
	if got := Name("shop.Store", reflect.TypeFor[generated]()); got != "their.Name" {
		t.Error(got)
	}
}
