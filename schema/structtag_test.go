package schema

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
)

// TestMalformedStructTags: a tag of ours that package reflect would not find is an error that says what to write.
func TestMalformedStructTags(t *testing.T) {
	number, list := reflect.TypeFor[int32](), reflect.TypeFor[[]int32]()
	tests := []struct {
		goType    reflect.Type
		tag, want string
	}{
		{number, `frugal:1`, "struct tag `frugal:1`: what begins with \"frugal:1\" is not of the form key:\"value\", so no frugal tag is found there: write frugal:\"1\""},
		{number, `frugal:1,default,i32`, `: write frugal:"1,default,i32"`},
		{number, `frugal: "1"`, `: write frugal:"1"`},
		{number, `frugal :"1"`, `: write frugal:"1"`},
		{number, `frugal="1"`, `: write frugal:"1"`},
		{number, `frugal"1"`, `: write frugal:"1"`},
		{number, `frugal:'1'`, `: write frugal:"1"`},
		{number, `frugal:\"1\"`, `: write frugal:"1"`},
		{number, `frugal:"1`, `: write frugal:"1"`},
		{number, `frugal:"1\z"`, `: write frugal:"1"`},
		{number, `frugal 1`, `: write frugal:"1"`},
		{number, `"frugal":"1"`, `: write frugal:"1"`},
		{number, `thrift:a,1`, `: write thrift:"a,1"`},
		{number, `thrift:1`, `: write thrift:"F,1"`},
		{number, `json:a frugal:"1"`, "what begins with \"json:a frugal:\\\"1\\\"\" is not of the form"},
		{number, `json:"a" frugal:1`, `: write frugal:"1"`},
		{number, "json:\"a\"\tfrugal:\"1\"", `: write frugal:"1"`},
		{number, "json:\"a\"\nfrugal:\"1\"", `: write frugal:"1"`},
		{number, "json:\"a\"\u00a0frugal:\"1\"", `the key "\u00a0frugal" is not frugal: write frugal:"1"`},
		{number, `json:"a",frugal:"1"`, `the key ",frugal" is not frugal: write frugal:"1"`},
		{number, `json:"a";thrift:"a,1"`, `: write thrift:"a,1"`},
		{number, `Frugal:"1"`, `the key "Frugal" is not frugal: write frugal:"1"`},
		{number, `THRIFT:"a,1"`, `: write thrift:"a,1"`},
		{number, `frugal:"1" thrift:a,2`, `no thrift tag is found there: write thrift:"a,2"`},
		{number, `thrift:"a,2" frugal:1`, `no frugal tag is found there: write frugal:"1"`},
		{number, `frugal:"1" frugal:"2"`, `there are two frugal tags, of which only the first would be found: remove one`},
		{number, `frugal:`, `: the form is frugal:"<id>,<requiredness>,<type>,<option>"`},
		{number, `frugal`, `: the form is frugal:"<id>,<requiredness>,<type>,<option>"`},
		{number, `thrift:x`, `: the form is thrift:"<name>,<id>,<requiredness>,<type>,<option>"`},
		{number, `frugal:1,opt,int32`, `: write frugal:"1,optional,i32"`},
		{list, `frugal:1`, `: write frugal:"1,default,list<i32>" or frugal:"1,default,set<i32>"`},
		{reflect.TypeFor[chan int](), `frugal:1`, `: the form is frugal:"<id>,<requiredness>,<type>,<option>"`},
	}
	for _, test := range tests {
		t.Run(test.tag, func(t *testing.T) {
			_, err := Thrift.Of(structWith(test.goType, test.tag))
			var e *codec.Error
			if !errors.As(err, &e) || e.Code != codec.InvalidTag || e.Path != "struct.F" || e.Type != test.goType {
				t.Fatalf("error %+v", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %s\nwant … %s", err, test.want)
			}
			for _, correction := range corrections(err) {
				if s, err := Thrift.Of(structWith(test.goType, correction)); err != nil || len(s.Fields) != 1 {
					t.Errorf("the correction %s does not help: %v", correction, err)
				}
			}
		})
	}
}

// TestStructTagsOfOthers: what is no tag of ours is no error, however it looks.
func TestStructTagsOfOthers(t *testing.T) {
	for _, tag := range []string{
		"", " ", `json:"a"`, `json:a`, `json`, `json:"frugal"`, `json:"thrift:1"`, `json:"frugal:\"1\""`, `note:"see thrift"`, `json:"a`,
		`xfrugal:"1"`, `frugal_id:"1"`, `-frugal:"1"`, `frugality:1`, `json:"a" thrifty`, `json:"a\z"`,
	} {
		s, err := Thrift.Of(reflect.StructOf([]reflect.StructField{
			{Name: "F", Type: reflect.TypeFor[int32](), Tag: reflect.StructTag(tag)},
			{Name: "G", Type: reflect.TypeFor[int32](), Tag: `frugal:"1"`},
		}))
		if err != nil || len(s.Fields) != 1 {
			t.Errorf("%q: %v", tag, err)
		}
	}
}

// TestMalformedTagOfAnUnexportedField: that it is not exported is said first.
func TestMalformedTagOfAnUnexportedField(t *testing.T) {
	_, err := Thrift.Of(reflect.StructOf([]reflect.StructField{
		{Name: "under", PkgPath: "example.org/p", Type: reflect.TypeFor[int32](), Tag: `frugal:1`},
	}))
	if err == nil || !strings.Contains(err.Error(), "call it Under, or remove the tag") {
		t.Errorf("error %v", err)
	}
}

// FuzzLookupTag: what is accepted is what package reflect finds, and what it overlooks is refused.
func FuzzLookupTag(f *testing.F) {
	for _, seed := range []string{
		`frugal:"1"`, `thrift:"a,1" frugal:"2"`, `json:"a" frugal:1`, `a:"\"" frugal:"1"`, `json:"a"frugal:"1"`, "\x7ffrugal:\"1\"", `:"" frugal:"1"`,
		`frugal:"\x00"`, `frugal:"" thrift:""`, ` frugal:"1" `, `a:"b" c`, "\xff:\"\" thrift:\"\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag := reflect.StructTag(text)
		found, refused := lookupTag(tag)
		thrift, hasThrift := tag.Lookup("thrift")
		frugal, hasFrugal := tag.Lookup("frugal")
		if refused != nil {
			if found.language != frugalLanguage && found.language != thriftLanguage || refused.reason == "" {
				t.Errorf("%q: refused without words: %+v", text, refused)
			}
			return
		}
		want := fieldTag{}
		if hasThrift {
			name, _, _ := strings.Cut(thrift, ",")
			want = fieldTag{language: "thrift", text: thrift, name: strings.TrimSpace(name)}
		}
		if hasFrugal {
			want.language, want.text = "frugal", frugal
		}
		if found != want {
			t.Errorf("%q: found %+v, want %+v", text, found, want)
		}
	})
}

func TestLookupTag(t *testing.T) {
	for _, c := range []struct {
		tag   reflect.StructTag
		value string
		found bool
		wrong bool
	}{
		{`frugal:"1" vt:"lt=1"`, "lt=1", true, false},
		{`vt:""`, "", true, false},
		{`frugal:"1"`, "", false, false},
		{``, "", false, false},
		{`VT:"lt=1"`, "", true, true},
		{`vt:"lt=1" vt:"lt=2"`, "", true, true},
		{`frugal:"1",vt:"lt=1"`, "", true, true},
		{`vt:lt=1`, "", true, true},
		{`frugal:1 json:"a"`, "", false, false}, // which is another's
	} {
		value, found, err := LookupTag(c.tag, "vt")
		if value != c.value || found != c.found || (err != nil) != c.wrong {
			t.Errorf("%s: %q, %v, %v", c.tag, value, found, err)
		}
	}
}
