package schema

//lint:file-ignore U1000 plans are made of these fields by reflection

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
)

type (
	hiddenTag struct {
		Number int32 `frugal:"1"`
		_under int32 `thrift:"_under,8"`
	}
	hiddenTwice struct {
		Number  int32 `frugal:"1"`
		number  int32 `frugal:"2"`
		Number_ int32
	}
	hiddenBlank struct {
		_ int32 `frugal:"1"`
	}
	hiddenCaseless struct {
		名 string `frugal:"1"`
	}
	hiddenStrings struct {
		_unknownFields []string `frugal:"1,default,list<string>"`
	}
	hiddenEmbedded struct {
		embedded `frugal:"8"`
	}
	hiddenPointer struct {
		*box[int] `frugal:"7,optional,box"`
	}
	hiddenInside struct {
		Inner map[string][]*hiddenTag `frugal:"1,default,map<string:list<hiddenTag>>"`
	}
	hiddenMistake struct {
		wrong int32 `frugal:"one"`
	}
)

func TestTaggedFieldsMustBeExported(t *testing.T) {
	built := reflect.StructOf([]reflect.StructField{
		{Name: "_under", PkgPath: "example.org/p", Type: reflect.TypeFor[int32](), Tag: `frugal:"1"`},
	})
	tests := []struct {
		goType     reflect.Type
		path, want string
	}{
		{reflect.TypeFor[hiddenTag](), "hiddenTag._under", `tag thrift:"_under,8": the field is not exported, so it cannot travel: call it Under, or remove the tag`},
		{reflect.TypeFor[*hiddenTag](), "hiddenTag._under", "call it Under, or"},
		{reflect.TypeFor[hiddenInside](), "hiddenTag._under", "call it Under, or"},
		{reflect.TypeFor[hiddenTwice](), "hiddenTwice.number", "call it Number__, or"},
		{reflect.TypeFor[hiddenBlank](), "hiddenBlank._", "call it X, or"},
		{reflect.TypeFor[hiddenCaseless](), "hiddenCaseless.名", "call it X名, or"},
		{reflect.TypeFor[hiddenStrings](), "hiddenStrings._unknownFields", "call it UnknownFields, or"},
		{reflect.TypeFor[hiddenEmbedded](), "hiddenEmbedded.embedded",
			`tag frugal:"8": what is embedded is not exported, so it cannot travel: give it a name, as in Embedded schema.embedded, or remove the tag`},
		{reflect.TypeFor[hiddenPointer](), "hiddenPointer.box", "as in Box *schema.box[int], or remove the tag"},
		{reflect.TypeFor[hiddenMistake](), "hiddenMistake.wrong", "call it Wrong, or"},
		{built, "struct._under", "call it Under, or"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			_, err := Thrift.Of(test.goType)
			var e *codec.Error
			if !errors.As(err, &e) || e.Code != codec.InvalidTag || e.Offset != codec.NoOffset || e.Path != test.path || e.Type == nil {
				t.Fatalf("error %+v", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not contain %q", err, test.want)
			}
		})
	}
}

// TestUnexportedFieldsThatAreNoMistake: they are ours to ignore as long as no tag says otherwise.
func TestUnexportedFieldsThatAreNoMistake(t *testing.T) {
	s := must[struct {
		A              int32 `frugal:"1"`
		b              int32
		_              [0]func()
		_unknownFields []byte `frugal:"2" json:"-"`
	}](t)
	if len(s.Fields) != 1 || !s.HasUnknown {
		t.Errorf("%d fields, HasUnknown %v", len(s.Fields), s.HasUnknown)
	}
}

// TestExportedNames: what a field is to be called is a name that can be exported and that is free.
func TestExportedNames(t *testing.T) {
	for _, name := range []string{"_under", "__a", "a", "_", "__", "_9", "名", "_名", "ünder", "ǆ", "ß", "number", "taken"} {
		fields := []reflect.StructField{{Name: name, PkgPath: "example.org/p", Type: reflect.TypeFor[int32](), Tag: `frugal:"1"`}}
		for _, other := range []string{"Taken", "Taken_", "X"} {
			fields = append(fields, reflect.StructField{Name: other, Type: reflect.TypeFor[int32]()})
		}
		_, err := Thrift.Of(reflect.StructOf(fields))
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		_, advice, _ := strings.Cut(err.Error(), "call it ")
		fields[0].Name, _, _ = strings.Cut(advice, ", or remove")
		fields[0].PkgPath = ""
		if s, err := Thrift.Of(reflect.StructOf(fields)); err != nil || len(s.Fields) != 1 {
			t.Errorf("%s: the advice %q does not help: %v", name, fields[0].Name, err)
		}
	}
}
