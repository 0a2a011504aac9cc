package schema

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
)

// Structs with and without the method of a union. It is never called.
type (
	byPointer struct {
		A *int32 `frugal:"1"`
		B []byte `thrift:"b,2"`
	}
	byValue struct {
		A *int32 `frugal:"1,optional"`
	}
	generic[T any] struct {
		A *int32 `frugal:"1"`
	}
	noMembers struct{}
	defaulted struct {
		Number int32  `frugal:"1"`
		Text   string `thrift:"text,2"`
		Blob   []byte `frugal:"3"`
	}
	ofAnother     byValue
	withArgument  byValue
	withoutResult byValue
	otherResult   byValue
	renamed       byValue
	embedsUnion   struct {
		byValue
		A *int32 `frugal:"1,optional"`
	}
	original = byValue
)

func (*byPointer) CountSetFieldsbyPointer() int          { panic("called") }
func (byValue) CountSetFieldsbyValue() int               { panic("called") }
func (*generic[T]) CountSetFieldsgeneric() int           { panic("called") }
func (*noMembers) CountSetFieldsnoMembers() int          { panic("called") }
func (*defaulted) CountSetFieldsdefaulted() int          { panic("called") }
func (*ofAnother) CountSetFieldsbyPointer() int          { panic("called") }
func (*withArgument) CountSetFieldswithArgument(int) int { panic("called") }
func (*withoutResult) CountSetFieldswithoutResult()      { panic("called") }
func (*otherResult) CountSetFieldsotherResult() int32    { panic("called") }
func (d *defaulted) InitDefault()                        { d.Number = 1 }

// TestUnions: the method that generators give to unions, under the type's own name, makes one. Its members are optional.
func TestUnions(t *testing.T) {
	type byValue struct { // has the method from another type of its name
		*original
		A *int32 `frugal:"1,optional"`
	}
	for goType, union := range map[reflect.Type]bool{
		reflect.TypeFor[byPointer](): true, reflect.TypeFor[original](): true, reflect.TypeFor[generic[string]](): true,
		reflect.TypeFor[noMembers](): true, reflect.TypeFor[defaulted](): true,
		reflect.TypeFor[ofAnother](): false, reflect.TypeFor[withArgument](): false, reflect.TypeFor[withoutResult](): false,
		reflect.TypeFor[otherResult](): false, reflect.TypeFor[renamed](): false, reflect.TypeFor[embedsUnion](): false,
		reflect.TypeFor[byValue](): false, reflect.TypeFor[struct{}](): false,
	} {
		s, err := Thrift.Of(goType)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Union != union || s.NeverEmpty != union {
			t.Errorf("%v: union %v, never empty %v", goType, s.Union, s.NeverEmpty)
		}
		for _, field := range s.Fields {
			if field.Requiredness != Optional {
				t.Errorf("%v.%s is %v", goType, field.Name, field.Requiredness)
			}
		}
	}
}

// Unions with members that cannot be.
type (
	needsMember struct {
		Text *string `thrift:"text,1,required"`
	}
	writesMember struct {
		Text []byte `frugal:"1,default,binary"`
	}
	alwaysNumber struct {
		Number int64 `frugal:"1"`
	}
	alwaysStruct struct {
		Item item `frugal:"1,optional"`
	}
	severalMistakes struct {
		Items []item `frugal:"1,default,list<itm>"`
	}
)

func (*needsMember) CountSetFieldsneedsMember() int         { panic("called") }
func (*writesMember) CountSetFieldswritesMember() int       { panic("called") }
func (*alwaysNumber) CountSetFieldsalwaysNumber() int       { panic("called") }
func (*alwaysStruct) CountSetFieldsalwaysStruct() int       { panic("called") }
func (*alwaysStruct) InitDefault()                          {}
func (*severalMistakes) CountSetFieldsseveralMistakes() int { panic("called") }

func TestMembersOfUnionsMustBeOptional(t *testing.T) {
	for _, test := range []struct {
		goType     reflect.Type
		code       codec.Code
		path, want string
	}{
		{reflect.TypeFor[needsMember](), codec.InvalidTag, "needsMember.Text", `a member of a union must be optional: write thrift:"text,1,optional"`},
		{reflect.TypeFor[writesMember](), codec.InvalidTag, "writesMember.Text", `a member of a union must be optional: write frugal:"1,optional,binary"`},
		{reflect.TypeFor[alwaysNumber](), codec.UnsupportedType, "alwaysNumber.Number", "a member of a union must be absent at times, and int64 never is: use *int64"},
		{reflect.TypeFor[alwaysStruct](), codec.UnsupportedType, "alwaysStruct.Item", "and schema.item never is: use *schema.item"},
		{reflect.TypeFor[severalMistakes](), codec.InvalidTag, "severalMistakes.Items", `which is the struct item: write frugal:"1,optional,list<item>"`},
	} {
		_, err := Thrift.Of(test.goType)
		var e *codec.Error
		if !errors.As(err, &e) || e.Code != test.code || e.Path != test.path || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("error %v\nwant … %s", err, test.want)
		}
	}
}
