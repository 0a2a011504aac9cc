package schema

//lint:file-ignore U1000 plans are made of these fields by reflection

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
)

// protoField returns the plan of the first field of T.
func protoField[T any](t *testing.T) Field {
	t.Helper()
	s, err := Protobuf.Of(reflect.TypeFor[T]())
	require.NoError(t, err)
	return s.Fields[0]
}

// TestProtobufPresence: what tags say of presence, in the form of generators and in that of people.
func TestProtobufPresence(t *testing.T) {
	for text, want := range map[string]Requiredness{
		"implicit": protoField[struct {
			F int32 `protobuf:"1"`
		}](t).Requiredness,
		"implicit, text": protoField[struct {
			F string `protobuf:"bytes,1,opt,name=f,proto3"`
		}](t).Requiredness,
	} {
		require.Equal(t, Implicit, want, text)
	}
	require.Equal(t, Optional, protoField[struct {
		F *int32 `protobuf:"1"`
	}](t).Requiredness)
	require.Equal(t, Optional, protoField[struct {
		F []byte `protobuf:"bytes,1,opt,name=f"`
	}](t).Requiredness)
	require.Equal(t, Optional, protoField[struct {
		F []byte `protobuf:"bytes,1,opt,name=f,proto3,oneof"`
	}](t).Requiredness)
	require.Equal(t, Implicit, protoField[struct {
		F []byte `protobuf:"bytes,1,opt,name=f,proto3"`
	}](t).Requiredness)
	require.Equal(t, Optional, protoField[struct {
		F []byte `protobuf:"1,optional"`
	}](t).Requiredness)
	require.Equal(t, RequiredField, protoField[struct {
		F *string `protobuf:"bytes,1,req,name=f"`
	}](t).Requiredness)
	require.Equal(t, RequiredField, protoField[struct {
		F int32 `protobuf:"1,required"`
	}](t).Requiredness)
	require.Equal(t, Default, protoField[struct {
		F int32 `protobuf:"varint,1,opt,name=f"`
	}](t).Requiredness, "a value of gogo's")
	require.Equal(t, Default, protoField[struct {
		F struct{} `protobuf:"1"`
	}](t).Requiredness)
	require.Equal(t, Optional, protoField[struct {
		F []int32 `protobuf:"1"`
	}](t).Requiredness)
}

// TestProtobufForms: what tags say of the wire.
func TestProtobufForms(t *testing.T) {
	for _, c := range []struct {
		field  Field
		kind   Kind
		form   Form
		packed bool
		utf8   bool
	}{
		{protoField[struct {
			F int32 `protobuf:"zigzag32,1,opt,name=f,proto3"`
		}](t), I32, Zigzag, false, false},
		{protoField[struct {
			F int `protobuf:"1,zigzag"`
		}](t), I64, Zigzag, false, false},
		{protoField[struct {
			F uint64 `protobuf:"fixed64,1,opt,name=f"`
		}](t), U64, Fixed, false, false},
		{protoField[struct {
			F float32 `protobuf:"1"`
		}](t), Float, Fixed, false, false},
		{protoField[struct {
			F float64 `protobuf:"fixed64,1,opt,name=f,def=1,5"`
		}](t), Double, Fixed, false, false},
		{protoField[struct {
			F string `protobuf:"1"`
		}](t), String, Plain, false, true},
		{protoField[struct {
			F string `protobuf:"1,bytes"`
		}](t), String, Plain, false, false},
		{protoField[struct {
			F string `protobuf:"bytes,1,opt,name=f"`
		}](t), String, Plain, false, false},
		{protoField[struct {
			F string `protobuf:"bytes,1,opt,name=f,proto3"`
		}](t), String, Plain, false, true},
		{protoField[struct {
			F []int32 `protobuf:"1"`
		}](t), List, Plain, true, false},
		{protoField[struct {
			F []int32 `protobuf:"1,unpacked"`
		}](t), List, Plain, false, false},
		{protoField[struct {
			F []int32 `protobuf:"varint,1,rep,packed,name=f"`
		}](t), List, Plain, true, false},
		{protoField[struct {
			F []int32 `protobuf:"varint,1,rep,name=f"`
		}](t), List, Plain, false, false},
		{protoField[struct {
			F []string `protobuf:"1"`
		}](t), List, Plain, false, false},
	} {
		require.Equal(t, c.kind, c.field.Type.Kind)
		require.Equal(t, c.form, c.field.Type.Form)
		require.Equal(t, c.packed, c.field.Packed)
		require.Equal(t, c.utf8, c.field.Type.UTF8)
	}
	m := protoField[struct {
		F map[int32]uint64 `protobuf:"bytes,1,rep,name=f" protobuf_key:"zigzag32,1,opt,name=key" protobuf_val:"fixed64,2,opt,name=value"`
	}](t).Type
	require.Equal(t, Zigzag, m.Key.Form)
	require.Equal(t, Fixed, m.Elem.Form)
	m = protoField[struct {
		F map[string]int32 `protobuf:"1,val=zigzag"`
	}](t).Type
	require.True(t, m.Key.UTF8)
	require.Equal(t, Zigzag, m.Elem.Form)
}

type wrapped interface{ isWrapped() }

type (
	wrapsText struct {
		Text string `protobuf:"bytes,2,opt,name=text,oneof"`
	}
	wrapsNumber struct {
		Number int32 `protobuf:"varint,1,opt,name=number,oneof"`
	}
	choosing struct {
		Choice wrapped `protobuf_oneof:"choice"`
		After  int32   `protobuf:"varint,3,opt,name=after"`
	}
	unknowing struct {
		Choice wrapped `protobuf_oneof:"choice"`
	}
)

func (*wrapsText) isWrapped()   {}
func (*wrapsNumber) isWrapped() {}

func (*choosing) ProtoMessage() {}

func (*choosing) XXX_OneofWrappers() []any {
	return []any{(*wrapsText)(nil), (*wrapsNumber)(nil), nil, 5}
}

// TestProtobufOneofs: wrappers are found, and members that are pointers.
func TestProtobufOneofs(t *testing.T) {
	s, err := Protobuf.Of(reflect.TypeFor[choosing]())
	require.NoError(t, err)
	require.True(t, s.Generated)
	require.Len(t, s.Fields, 3)
	require.Equal(t, []Oneof{{Name: "choice", Interface: reflect.TypeFor[wrapped](), Members: []int{0, 1}}}, s.Oneofs)
	require.Equal(t, reflect.TypeFor[wrapsNumber](), s.Fields[0].Wrapper)
	s, err = Protobuf.Of(reflect.TypeFor[struct {
		A *int32  `protobuf:"2,oneof=x"`
		B *string `protobuf:"1,oneof=x"`
		C *bool   `protobuf:"3,oneof=y"`
	}]())
	require.NoError(t, err)
	require.Equal(t, []Oneof{{Name: "x", Members: []int{0, 1}}, {Name: "y", Members: []int{2}}}, s.Oneofs)
	s, err = Protobuf.Of(reflect.TypeFor[struct {
		A *int32  `protobuf:"varint,2,opt,name=a,oneof=x"`
		B *[]byte `protobuf:"bytes,1,opt,name=b,oneof=x"`
		C *bool   `protobuf:"varint,3,opt,name=c,oneof"` // a generator's word for presence
	}]())
	require.NoError(t, err)
	require.Equal(t, []Oneof{{Name: "x", Members: []int{0, 1}}}, s.Oneofs)
}

// embeds has the methods of what it embeds, and is not made by a generator.
type embeds struct {
	*choosing
	Own int32 `protobuf:"1"`
}

func TestProtobufEmbeddedMethods(t *testing.T) {
	s, err := Protobuf.Of(reflect.TypeFor[embeds]())
	require.NoError(t, err)
	require.False(t, s.Generated)
}

// TestProtobufRefuses: what has no Protobuf form, with what to do.
func TestProtobufRefuses(t *testing.T) {
	for text, typ := range map[string]reflect.Type{
		`"0" is no field number`: reflect.TypeFor[struct {
			F int32 `protobuf:"0"`
		}](),
		`"536870912" is no field number`: reflect.TypeFor[struct {
			F int32 `protobuf:"536870912"`
		}](),
		`"" is no field number`: reflect.TypeFor[struct {
			F int32 `protobuf:""`
		}](),
		"opt, req or rep": reflect.TypeFor[struct {
			F int32 `protobuf:"varint,1"`
		}](),
		`the word "zagzig" is none of`: reflect.TypeFor[struct {
			F int32 `protobuf:"1,zagzig"`
		}](),
		"int8 has no Protobuf form: use int32": reflect.TypeFor[struct {
			F int8 `protobuf:"1"`
		}](),
		"uint16 has no Protobuf form: use uint32": reflect.TypeFor[struct {
			F uint16 `protobuf:"1"`
		}](),
		"neither zigzag nor fixed": reflect.TypeFor[struct {
			F uint32 `protobuf:"1,zigzag"`
		}](),
		"which is not varint": reflect.TypeFor[struct {
			F string `protobuf:"varint,1,opt,name=f"`
		}](),
		"put a struct between": reflect.TypeFor[struct {
			F [][]int32 `protobuf:"1"`
		}](),
		"the key of a map is a bool": reflect.TypeFor[struct {
			F map[float64]int32 `protobuf:"1"`
		}](),
		"never absent: use *int32": reflect.TypeFor[struct {
			F int32 `protobuf:"1,optional"`
		}](),
		"so it is a pointer: use *int32": reflect.TypeFor[struct {
			F int32 `protobuf:"1,oneof=x"`
		}](),
		"neither required nor optional": reflect.TypeFor[struct {
			F []int32 `protobuf:"1,required"`
		}](),
		"a required field is neither optional": reflect.TypeFor[struct {
			F *int32 `protobuf:"1,required,optional"`
		}](),
		"customtype": reflect.TypeFor[struct {
			F []byte `protobuf:"bytes,1,opt,name=f,customtype=x.Y"`
		}](),
		"which is no time.Time": reflect.TypeFor[struct {
			F *int64 `protobuf:"bytes,1,opt,name=f,stdtime"`
		}](),
		"which is no time.Duration": reflect.TypeFor[struct {
			F map[string]time.Time `protobuf:"bytes,1,rep,name=f,stdduration" protobuf_val:"bytes,2,opt,name=value"`
		}](),
		"which is none of the types that wktptr is for": reflect.TypeFor[struct {
			F []*int16 `protobuf:"bytes,1,rep,name=f,wktptr"`
		}](),
		"[]uint8, which is no list": reflect.TypeFor[struct {
			F []byte `protobuf:"bytes,1,rep,name=f,wktptr"`
		}](),
		"time.Time, which is a message": reflect.TypeFor[struct {
			F time.Time `protobuf:"1,stdtime,fixed"`
		}](),
		"time.Time has fields but no tags": reflect.TypeFor[struct {
			F time.Time `protobuf:"1"`
		}](),
		"write the word stdtime": reflect.TypeFor[struct {
			F *time.Time `protobuf:"1"`
		}](),
		"unpacked is for lists of numbers, and int32 is none": reflect.TypeFor[struct {
			F int32 `protobuf:"1,unpacked"`
		}](),
		"unpacked is for lists of numbers, and []string is none": reflect.TypeFor[struct {
			F []string `protobuf:"1,unpacked"`
		}](),
		"unpacked is for lists of numbers, and map[int32]int32 is none": reflect.TypeFor[struct {
			F map[int32]int32 `protobuf:"1,unpacked"`
		}](),
		"key= and val= are for maps, and int32 is none": reflect.TypeFor[struct {
			F int32 `protobuf:"1,key=zigzag"`
		}](),
		"key= and val= are for maps, and []int32 is none": reflect.TypeFor[struct {
			F []int32 `protobuf:"1,val=fixed"`
		}](),
		"bytes is for strings, and int64 has none": reflect.TypeFor[struct {
			F int64 `protobuf:"1,bytes"`
		}](),
		"bytes is for strings, and []uint8 has none": reflect.TypeFor[struct {
			F []byte `protobuf:"1,bytes"`
		}](),
		"bytes is for strings, and map[int32][]uint8 has none": reflect.TypeFor[struct {
			F map[int32][]byte `protobuf:"1,bytes"`
		}](),
		"nor behind a pointer": reflect.TypeFor[struct {
			F *[]int32 `protobuf:"1"`
		}](),
		"a weak field": reflect.TypeFor[struct {
			F *struct{} `protobuf:"bytes,1,opt,name=f,weak=x"`
		}](),
		"Opaque API": reflect.TypeFor[struct {
			xxx_hidden_F int32 `protobuf:"varint,1,opt,name=f"`
		}](),
		"no wrapper of a member": reflect.TypeFor[unknowing](),
		"is already that of": reflect.TypeFor[struct {
			F, G int32 `protobuf:"1"`
		}](),
		"the field is not exported": reflect.TypeFor[struct {
			f int32 `protobuf:"1"`
		}](),
		"has fields but no tags": reflect.TypeFor[struct{ F int32 }](),
		"is not protobuf": reflect.TypeFor[struct {
			F int32 `Protobuf:"1"`
		}](),
		"contains itself: put a struct between": reflect.TypeFor[struct {
			F nestedLists `protobuf:"1"`
		}](),
		"a oneof, and has the tag protobuf_oneof": reflect.TypeFor[struct {
			F any `protobuf:"1"`
		}](),
		"two fields for unknown fields": reflect.TypeFor[struct{ unknownFields, XXX_unrecognized []byte }](),
	} {
		_, err := Protobuf.Of(typ)
		require.ErrorContains(t, err, text)
		var wrong *codec.Error
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, codec.NoOffset, wrong.Offset, text)
	}
}

type nestedLists []nestedLists

// rude answers a question of the package by a panic.
type rude struct {
	F int32 `protobuf:"1"`
}

func (*rude) ProtoReflect() any { panic("no") }

func TestProtobufRudeTypes(t *testing.T) {
	s, err := Protobuf.Of(reflect.TypeFor[rude]())
	require.NoError(t, err)
	require.False(t, s.Generated)
}

// quantity has a wire form that only its own methods know, like Quantity of k8s.io/apimachinery.
type quantity struct {
	amount int64
	Format string
}

func (*quantity) ProtoMessage() {}

// instant is such a type, too, like Time of k8s.io/apimachinery. Its only field is tagged as none.
type instant struct {
	time.Time `protobuf:"-"`
}

func (*instant) ProtoMessage() {}

// keepsUnknown has besides what a generator declares a field of its own.
type keepsUnknown struct {
	Text             string
	XXX_unrecognized []byte
}

func (*keepsUnknown) ProtoMessage() {}

// wrongState has the name of a generator's field for something else.
type wrongState struct{ state int32 }

func (*wrongState) ProtoMessage() {}

// TestProtobufOwnMethods: a message without tagged fields is refused, wherever it stands, unless it has no fields of its own.
func TestProtobufOwnMethods(t *testing.T) {
	for _, message := range []reflect.Type{
		reflect.TypeFor[quantity](), reflect.TypeFor[instant](), reflect.TypeFor[keepsUnknown](), reflect.TypeFor[wrongState](),
	} {
		for goType, tag := range map[reflect.Type]string{
			message: `protobuf:"bytes,1,opt,name=f"`, reflect.PointerTo(message): `protobuf:"1"`,
			reflect.SliceOf(message): `protobuf:"1"`, reflect.SliceOf(reflect.PointerTo(message)): `protobuf:"bytes,1,rep,name=f"`,
			reflect.MapOf(reflect.TypeFor[string](), message): `protobuf:"bytes,1,rep,name=f" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"bytes,2,opt,name=value"`,
		} {
			_, err := Protobuf.Of(structWith(goType, tag))
			var wrong *codec.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, codec.UnsupportedType, wrong.Code)
			require.Equal(t, "struct.F", wrong.Path)
			require.Equal(t, goType, wrong.Type)
			require.ErrorContains(t, err, message.String()+" has fields but no tags, so only its own methods")
		}
		_, err := Protobuf.Of(message)
		var wrong *codec.Error
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, codec.UnsupportedType, wrong.Code)
		require.Equal(t, message.Name(), wrong.Path)
	}
}

// MessageState stands for that of google.golang.org/protobuf.
type MessageState struct{ atomicMessageInfo *int }

// These look like empty messages of generators: protoc-gen-go, and gogo/protobuf with and without its bookkeeping.
type (
	emptyOfGo struct {
		state           MessageState
		extensionFields map[int32]int
		unknownFields   []byte
		sizeCache       int32
	}
	emptyOfGogo struct {
		XXX_NoUnkeyedLiteral struct{} `json:"-"`
		XXX_unrecognized     []byte   `json:"-"`
		XXX_sizecache        int32    `json:"-"`
	}
	bareOfGogo  struct{}
	blankFields struct{ _, _later int32 }
)

func (*emptyOfGo) ProtoMessage()   {}
func (*emptyOfGogo) ProtoMessage() {}
func (*bareOfGogo) ProtoMessage()  {}
func (*blankFields) ProtoMessage() {}

func TestProtobufEmptyMessages(t *testing.T) {
	for _, message := range []reflect.Type{
		reflect.TypeFor[emptyOfGo](), reflect.TypeFor[emptyOfGogo](), reflect.TypeFor[bareOfGogo](), reflect.TypeFor[blankFields](),
	} {
		s, err := Protobuf.Of(message)
		require.NoError(t, err)
		require.True(t, s.Generated)
		require.Empty(t, s.Fields)
	}
}

// TestProtobufNoField: a field with the tag "-" is like one without.
func TestProtobufNoField(t *testing.T) {
	s, err := Protobuf.Of(reflect.TypeFor[struct {
		A chan int `protobuf:"-"`
		B int32    `protobuf:"2" json:"b"`
		c int32    `protobuf:"-"`
	}]())
	require.NoError(t, err)
	require.Len(t, s.Fields, 1)
	require.Equal(t, "B", s.Fields[0].Name)
	_, err = Protobuf.Of(reflect.TypeFor[struct {
		A int32 `protobuf:"-"`
	}]())
	require.ErrorContains(t, err, "has fields but no tags of this format, so nothing")
	_, err = Protobuf.Of(reflect.TypeFor[struct {
		A int32 `protobuf:"-,1"`
	}]())
	require.ErrorContains(t, err, `"-" is no field number`)
}

// TestTwoLanguages: a struct may have tags of both, and has a plan in each.
func TestTwoLanguages(t *testing.T) {
	type both struct {
		F int32 `frugal:"3,default,i32" protobuf:"varint,1,opt,name=f,proto3"`
	}
	thrift, err := Thrift.Of(reflect.TypeFor[both]())
	require.NoError(t, err)
	protobuf, err := Protobuf.Of(reflect.TypeFor[both]())
	require.NoError(t, err)
	require.Equal(t, int32(3), thrift.Fields[0].ID)
	require.Equal(t, int32(1), protobuf.Fields[0].ID)
}
