package naming

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"Item": "Item", "Box[example.com/shop.Item]": "Box_Item", "Pair[int,map[string]shop.Line]": "Pair_int_map_string_Line",
		"local·1": "local", "Größe": "GrU00F6U00DFe", "1st": "X1st", "": "X", "[]": "X",
	} {
		if got := Identifier(name); got != want || !IsIdentifier(got) {
			t.Errorf("%q becomes %q, and not %q", name, got, want)
		}
	}
	for _, name := range []string{"", "1a", "a.b", "a-b", "ä", "a b", "@"} {
		if IsIdentifier(name) {
			t.Errorf("%q is an identifier", name)
		}
	}
}

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"UserID": "user_id", "HTTPAddr": "http_addr", "IDs": "ids", "userName": "user_name", "A": "a", "X_Y": "x_y", "": "", "UserIDs2": "user_ids2",
	} {
		if got := SnakeCase(name); got != want {
			t.Errorf("%q becomes %q, and not %q", name, got, want)
		}
	}
}

type (
	plain    int32
	named    int64
	numbered int32
	panics   int32
	same     int32
)

func (n named) String() string {
	return map[named]string{1: "a b", 3: "A_B", 4: "no/name!", 7: "named_SEVEN", 8: "SEVEN", -64: "last", -65: "beyond", 1023: "high", 1024: "higher"}[n]
}
func (n numbered) String() string { return fmt.Sprint("numbered ", int32(n)) }
func (n panics) String() string {
	if n > 1 {
		panic("no name")
	}
	return [2]string{"ZERO", "ONE"}[n]
}
func (same) String() string { return "same" }

func TestEnumValues(t *testing.T) {
	for name, c := range map[string]struct {
		of   reflect.Type
		want []EnumValue
	}{
		"no method":     {reflect.TypeFor[plain](), nil},
		"names":         {reflect.TypeFor[named](), []EnumValue{{"a_b", 1}, {"named_SEVEN", 7}, {"high", 1023}, {"last", -64}}},
		"numbers":       {reflect.TypeFor[numbered](), nil},
		"panics":        {reflect.TypeFor[panics](), []EnumValue{{"ZERO", 0}, {"ONE", 1}}},
		"one for all":   {reflect.TypeFor[same](), []EnumValue{{"same", 0}}},
		"no named type": {reflect.TypeFor[int32](), nil},
	} {
		if got := EnumValues(c.of); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestScope(t *testing.T) {
	s := Scope{"a": true}
	if got := []string{s.Take("a"), s.Take("a"), s.Take("b")}; !slices.Equal(got, []string{"a_2", "a_3", "b"}) {
		t.Error(got)
	}
}
