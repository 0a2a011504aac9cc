package protobuf_test

//lint:file-ignore U1000 descriptions are made of these fields by reflection

import (
	"fmt"
	"math/rand"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds2"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
)

// oneItem, otherItem and v1 return types that have the same names as others.
func oneItem() reflect.Type {
	type item struct {
		A int32 `protobuf:"1"`
	}
	return reflect.TypeFor[item]()
}

func otherItem() reflect.Type {
	type item struct {
		B string `protobuf:"1"`
	}
	return reflect.TypeFor[item]()
}

type (
	v1 struct {
		Field_1  int32    `protobuf:"1"`
		Field1   int32    `protobuf:"2"`
		FIELD1   int32    `protobuf:"3"`
		Field__1 int32    `protobuf:"4"`
		X        *int32   `protobuf:"5,oneof=x"`
		Xs       *int32   `protobuf:"6,oneof=_opt"`
		Opt      *int32   `protobuf:"7"`
		Größe    float32  `protobuf:"8"`
		Ünïts    []string `protobuf:"9"`
		Ünîts    string   `protobuf:"10"`
		Named    string   `protobuf:"bytes,11,opt,name=größe,json=\x00,proto3"`
		Json     string   `protobuf:"bytes,12,opt,name=json_1,json=field1,proto3"`
		Broken   string   `protobuf:"bytes,15,opt,name=broken,json=\xff,proto3"`
		Under    string   `protobuf:"bytes,13,opt,name=_,proto3"`
		Under2   string   `protobuf:"bytes,14,opt,name=__,proto3"`

		Map      map[string]int32 `protobuf:"21"`
		MapEntry struct {
			Y struct {
				Map struct{} `protobuf:"1"`
			} `protobuf:"1"`
		} `protobuf:"22"`
		Map_ map[int32]struct {
			Z struct{} `protobuf:"1"`
		} `protobuf:"23"`
		One map[string]bool `protobuf:"bytes,24,rep,name=_1,proto3" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"varint,2,opt,name=value"`
	}
	Echo struct {
		Same     hue    `protobuf:"1"`
		Other    shade  `protobuf:"2"`
		Plain    tall   `protobuf:"3"`
		Panics   panics `protobuf:"4"`
		All      all    `protobuf:"5"`
		Prefixed Lamp   `protobuf:"6"`
	}
	RED    struct{}
	hue    int32
	shade  int64
	tall   uint32
	panics int32
	all    int
	Lamp   int32
)

func (h hue) String() string { return [...]string{"RED", "GREEN", "hue", "Echo", "GREEN"}[h] }

func (s shade) String() string {
	if s == 2 {
		return "RED"
	}
	if s == 4 {
		return "dark grey"
	}
	return fmt.Sprintf("shade_%d", int64(s))
}

func (t tall) String() string   { return "TALL" }
func (p panics) String() string { panic("no name") }
func (a all) String() string    { return fmt.Sprintf("x%x", int(a)) }
func (l Lamp) String() string {
	return map[Lamp]string{3: "LAMP_ON", 4: "ON", 5: "Lamp_Off", 6: "unspecified", 7: "UNSPECIFIED_0", -1: "ok"}[l]
}

// TestDescribedHostile: whatever types are called, their description is one.
func TestDescribedHostile(t *testing.T) {
	unnamed := reflect.TypeFor[struct {
		A struct {
			A []struct {
				A map[string]struct {
					Back *v1 `protobuf:"1"`
				} `protobuf:"1"`
			} `protobuf:"1"`
		} `protobuf:"1"`
	}]()
	services := []descriptor.Service{
		echo("shop.Echo", oneItem(), otherItem(), reflect.TypeFor[Echo](), reflect.TypeFor[RED](), unnamed, reflect.TypeFor[v1]()),
		echo("shop.v1.Echo", oneItem(), reflect.TypeFor[Echo](), reflect.TypeFor[kinds3.Kinds](), reflect.TypeFor[struct{}]()),
		echo("item", otherItem(), oneItem(), unnamed),
		echo("kinds2.Kinds_", reflect.TypeFor[kinds2.Kinds](), reflect.TypeFor[Kinds](), reflect.TypeFor[Level]()),
	}

	services[0].Methods[0].Exceptions = []reflect.Type{otherItem(), reflect.TypeFor[kinds2.Strict]()}
	files := registered(t, services...)
	for name, wanted := range map[protoreflect.FullName]bool{
		"shop.item": true, "shop.item_2": true, "shop.Echo_2": true, "shop.v1.item": true, "shop.RED": true, "shop.hue": true,
		"shop.shade": true, "shop.tall": false, "shop.panics": false, "shop.all": false, "shop.Echo4Request": true, "shop.Lamp": true,
		"kinds2.Kinds_2": true, "kinds2.Level_2": true,
	} {
		if _, err := files.FindDescriptorByName(name); (err == nil) != wanted {
			t.Error(name, err)
		}
	}
	// The exception has the name that errors say.
	if d, _ := files.FindDescriptorByName("shop.item"); d != nil && d.(protoreflect.MessageDescriptor).Fields().ByName("b") == nil {
		t.Errorf("%v", d)
	}
	described := func(names ...protoreflect.FullName) (text string) {
		for _, name := range names {
			d, err := files.FindDescriptorByName(name)
			if err != nil {
				t.Fatal(err)
			}
			values := d.(protoreflect.EnumDescriptor).Values()
			for i := range values.Len() {
				text += fmt.Sprint(values.Get(i).Name(), "=", values.Get(i).Number(), " ")
			}
		}
		return strings.TrimSpace(text)
	}
	if got, want := described("shop.hue", "shop.shade", "shop.Lamp"), "hue_RED=0 hue_GREEN=1 hue_hue=2 hue_Echo=3 "+
		"shade_SHADE_UNSPECIFIED=0 shade_RED=2 shade_dark_grey=4 LAMP_UNSPECIFIED_0_0=0 LAMP_ON=3 Lamp_Off=5 unspecified=6 UNSPECIFIED_0=7 ok=-1"; got != want {
		t.Errorf("%s\n%s", got, want)
	}
}

type (
	Kinds struct{}
	Level struct{}
)

// TestDescribedRandom: structs with random fields have a description, and agree with it.
func TestDescribedRandom(t *testing.T) {
	r := rand.New(rand.NewSource(8))
	agreed := 0
	for range 100 {
		types := make([]reflect.Type, 1+r.Intn(4))
		for i := range types {
			types[i] = randomStruct(r, 3)
		}
		files := registered(t, echo("random.Echo", types...))
		for i, of := range types {
			d, err := files.FindDescriptorByName(protoreflect.FullName("random.Echo.Echo" + strconv.Itoa(i)))
			if err != nil {
				t.Fatal(err)
			}
			_, filled := agreements(t, d.(protoreflect.MethodDescriptor).Input(), of, 20, always)
			agreed += filled
		}
	}
	if agreed < 500 {
		t.Errorf("only %d messages were compared", agreed)
	}
}

// randomStruct returns a struct type with tags.
func randomStruct(r *rand.Rand, depth int) reflect.Type {
	var fields []reflect.StructField
	names, numbers := map[string]bool{}, map[int]bool{}
	for range r.Intn(8) {
		name := []string{"A", "B", "AB", "A_b", "A_B", "ID", "IDs", "HTTPServer", "Map", "MapEntry", "Ä", "Äb", "X1", "X_1", "Aa", "AA"}[r.Intn(16)]
		number := 1 + r.Intn(12)
		if names[name] || numbers[number] {
			continue
		}
		names[name], numbers[number] = true, true
		of, words := randomType(r, depth)
		fields = append(fields, reflect.StructField{Name: name, Type: of, Tag: reflect.StructTag(fmt.Sprintf(`protobuf:"%d%s"`, number, words))})
	}
	return reflect.StructOf(fields)
}

func randomType(r *rand.Rand, depth int) (t reflect.Type, words string) {
	scalars := []reflect.Type{reflect.TypeFor[bool](), reflect.TypeFor[int32](), reflect.TypeFor[int64](), reflect.TypeFor[uint32](),
		reflect.TypeFor[string](), reflect.TypeFor[float64](), reflect.TypeFor[hue](), reflect.TypeFor[shade](), reflect.TypeFor[kinds3.Level](), reflect.TypeFor[kinds2.Level]()}
	element := func() reflect.Type {
		switch {
		case depth > 0 && r.Intn(3) == 0:
			return randomStruct(r, depth-1)
		case r.Intn(6) == 0:
			return []reflect.Type{oneItem(), otherItem(), reflect.TypeFor[Echo](), reflect.TypeFor[*required](), reflect.TypeFor[*kinds2.Strict]()}[r.Intn(5)]
		}
		return scalars[r.Intn(len(scalars))]
	}
	switch r.Intn(6) {
	case 0:
		return reflect.SliceOf(element()), ""
	case 1:
		return reflect.MapOf(scalars[r.Intn(5)], element()), ""
	case 2:
		return reflect.PointerTo(scalars[r.Intn(len(scalars))]), []string{"", ",oneof=a", ",oneof=b", ",oneof=map"}[r.Intn(4)]
	case 3:
		if r.Intn(4) == 0 {
			return scalars[r.Intn(len(scalars))], ",required"
		}
	case 4:
		return reflect.TypeFor[[]byte](), []string{"", ",optional"}[r.Intn(2)]
	}
	return element(), ""
}
