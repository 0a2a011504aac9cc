package schema

import (
	"strings"
	"testing"
)

func TestParseTag(t *testing.T) {
	tests := []struct {
		language, text string
		want           tag
		wantType       string
	}{
		{"frugal", "1", tag{id: 1}, ""},
		{"frugal", "1,default", tag{id: 1, hasRequiredness: true}, ""},
		{"frugal", "0,required", tag{requiredness: RequiredField, hasRequiredness: true}, ""},
		{"frugal", "65535,optional", tag{id: 65535, requiredness: Optional, hasRequiredness: true}, ""},
		{"frugal", "4,default,", tag{id: 4, hasRequiredness: true}, ""},
		{"frugal", "4,", tag{id: 4}, ""},
		{"frugal", "4,,i32", tag{id: 4}, "i32"},
		{"frugal", "5,default,,nocopy", tag{id: 5, hasRequiredness: true, noCopy: true}, ""},
		{"frugal", "5,default,string,nocopy", tag{id: 5, hasRequiredness: true, noCopy: true}, "string"},
		{"frugal", " 5 ,\toptional , string , nocopy ", tag{id: 5, requiredness: Optional, hasRequiredness: true, noCopy: true}, "string"},
		{"frugal", "6,default,map<string:list<i32>>", tag{id: 6, hasRequiredness: true}, "map<string:list<i32>>"},
		{"frugal", "6,default, map < string : list< i32 > > ", tag{id: 6, hasRequiredness: true}, "map<string:list<i32>>"},
		{"frugal", "7,default,base.Base", tag{id: 7, hasRequiredness: true}, "base.Base"},
		{"frugal", "7,default,set<base.Base>", tag{id: 7, hasRequiredness: true}, "set<base.Base>"},
		{"thrift", "name,1", tag{name: "name", id: 1}, ""},
		{"thrift", ",1", tag{id: 1}, ""},
		{"thrift", " name , 1 , required ", tag{name: "name", id: 1, requiredness: RequiredField, hasRequiredness: true}, ""},
		{"thrift", "name,1,optional,binary,nocopy", tag{name: "name", id: 1, requiredness: Optional, hasRequiredness: true, noCopy: true}, "binary"},
	}
	for _, test := range tests {
		t.Run(test.language+" "+test.text, func(t *testing.T) {
			got, err := parseTag(test.language, test.text, "F")
			if err != nil {
				t.Fatal(err)
			}
			gotType := ""
			if got.expression != nil {
				gotType = got.expression.String()
			}
			if gotType != test.wantType {
				t.Errorf("type %q, want %q", gotType, test.wantType)
			}
			got.expression = nil
			test.want.language, test.want.text, test.want.field = test.language, test.text, "F"
			if *got != test.want {
				t.Errorf("parsed %+v, want %+v", *got, test.want)
			}
		})
	}
}

func TestParseTagErrors(t *testing.T) {
	tests := []struct {
		language, text string
		// want are parts of the error.
		want []string
	}{
		{"frugal", "", []string{"id is missing", `frugal:"<id>,<requiredness>,<type>,<option>"`}},
		{"frugal", ",default", []string{"id is missing"}},
		{"frugal", "-1,default", []string{`"-1"`, "from 0 to 65535"}},
		{"frugal", "+1,default", []string{`"+1"`, "from 0 to 65535"}},
		{"frugal", "1_0,default", []string{`"1_0"`, "from 0 to 65535"}},
		{"frugal", "0x1,default", []string{`"0x1"`, "from 0 to 65535"}},
		{"frugal", "65536,default", []string{`"65536"`, "from 0 to 65535"}},
		{"frugal", "99999999999999999999", []string{"from 0 to 65535"}},
		{"frugal", "name,3,default", []string{"begins with the id", `"name"`, `write frugal:"3,default"`}},
		{"thrift", "", []string{"id is missing", `thrift:"<name>,<id>,<requiredness>,<type>,<option>"`}},
		{"thrift", "-", []string{"id is missing"}},
		{"thrift", "name", []string{"id is missing"}},
		{"thrift", "name,x", []string{`"x"`, "from 0 to 65535"}},
		{"thrift", "1", []string{"begins with the field's name", `write thrift:"F,1"`}},
		{"thrift", "1,default,i32", []string{"begins with the field's name", `write thrift:"F,1,default,i32"`}},
		{"frugal", "1,Optional,i32", []string{`"Optional"`, "none of default, required and optional", `write frugal:"1,optional,i32"`}},
		{"frugal", "1,opt", []string{`write frugal:"1,optional"`}},
		{"thrift", "n,1,req,string,nocopy", []string{`write thrift:"n,1,required,string,nocopy"`}},
		{"frugal", "1,list<i32>", []string{`write frugal:"1,default,list<i32>"`}},
		{"frugal", "1,always", []string{`"always"`, "none of default, required and optional"}},
		{"frugal", "1,default,string,zerocopy", []string{`"zerocopy"`, "the only one is nocopy"}},
		{"frugal", "1,default,string,NoCopy", []string{`write frugal:"1,default,string,nocopy"`}},
		{"frugal", "1,default,,no_copy", []string{`write frugal:"1,default,,nocopy"`}},
		{"frugal", "1,default,string,nocopy,nocopy", []string{"twice", `write frugal:"1,default,string,nocopy"`}},
		{"frugal", "1,default,string,", []string{"no option follows", `write frugal:"1,default,string"`}},
		{"frugal", "1,default,list<i32", []string{"'>' is missing at the end", "list<T>"}},
		{"frugal", "1,default,list<i32,nocopy", []string{"'>' is missing at the end", "list<T>"}},
		{"frugal", "1,default,list", []string{"'<' is missing at the end", "list<T>"}},
		{"frugal", "1,default,set<>", []string{`a type is missing before ">"`}},
		{"frugal", "1,default,map<string>", []string{`':' is missing before ">"`, "map<K:V>"}},
		{"frugal", "1,default,map<string,i32>", []string{"':' must stand between key and value"}},
		{"frugal", "1,default,map<string,map<string,i32>>", []string{"':' must stand between key and value"}},
		{"frugal", "1,default,map<:i32>", []string{`a type is missing before ":i32>"`}},
		{"frugal", "1,default,i32>", []string{`">" after the complete type i32`}},
		{"frugal", "1,default,i32 x", []string{`"x" after the complete type i32`}},
		{"frugal", "1,default,*T", []string{`a type is missing before "*T"`}},
		{"frugal", "1,default,base.", []string{`name is missing after "base."`}},
		{"frugal", "1,default,a.b.C", []string{`".C" after the complete type a.b`}},
		{"frugal", "1,default,8bit", []string{`a type is missing before "8bit"`}},
	}
	for _, test := range tests {
		t.Run(test.language+" "+test.text, func(t *testing.T) {
			_, err := parseTag(test.language, test.text, "F")
			if err == nil {
				t.Fatal("no error")
			}
			text := err.reason
			for _, tag := range err.tags {
				text += " write " + quoteTag(test.language, tag)
			}
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("error %q does not contain %q", text, part)
				}
			}
		})
	}
}

func TestParseExpressionKinds(t *testing.T) {
	tests := map[string]Kind{
		"bool": Bool, "i8": I8, "byte": I8, "i16": I16, "i32": I32, "i64": I64, "double": Double, "string": String,
		"binary": Binary, "list<i8>": List, "set<i8>": Set, "map<i8:i8>": Map,
		"str": 0, "Bool": 0, "i640": 0, "struct": 0, "Größe": 0, "_x1": 0, "pkg.list": 0, "list.i8": 0,
	}
	for text, want := range tests {
		e, err := parseExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if e.kind != want {
			t.Errorf("%s: kind %v, want %v", text, e.kind, want)
		}
	}
}

func FuzzParseTag(f *testing.F) {
	for _, seed := range []string{
		"1,default,map<string:list<i32>>", "name,1,optional,set<pkg.Name>,nocopy", "5,default,,nocopy", "4,default,",
		"1,default,map<string,i32>", "1,default,list<", "x", "", ",,,,", "1,default,>:<", "1,default,é.ü",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, language := range []string{frugalLanguage, thriftLanguage} {
			parsed, err := parseTag(language, text, "F")
			if err != nil {
				if err.reason == "" {
					t.Error("an error without text")
				}
				continue
			}
			written := ""
			if parsed.expression != nil {
				written = parsed.expression.String()
				again, err := parseExpression(written)
				if err != nil {
					t.Fatalf("%q does not parse: %v", written, err)
				}
				if again.String() != written {
					t.Errorf("%q parses to %q", written, again)
				}
			}
			if strings.ContainsAny(parsed.name, ",") {
				t.Errorf("name %q holds a comma", parsed.name)
			}
		}
	})
}
