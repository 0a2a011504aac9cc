package gogen

import "testing"

func TestIdiomaticNames(t *testing.T) {
	for name, want := range map[string]string{
		"id": "ID", "user_id": "UserID", "userId": "UserID", "userIds": "UserIDs", "IDs": "IDs", "ids": "IDs", "url": "URL",
		"http_server": "HTTPServer", "HTTPServer": "HTTPServer", "httpUrl": "HTTPURL", "html5": "Html5", "a_b": "AB", "aB": "AB",
		"field_1_2": "Field1_2", "field1": "Field1", "_under": "Under", "__": "X", "9": "X9", "": "X", "SSN": "SSN", "MAX_SIZE": "MaxSize",
		"foo.bar": "FooBar", "type": "Type", "éclair": "Éclair", "XMLHttpRequest": "XMLHTTPRequest", "utf8_text": "UTF8Text",
	} {
		if got := idiomatic(name, name == "MAX_SIZE"); got != want {
			t.Errorf("%q becomes %s, not %s", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"id": "id", "userId": "userID", "URL_path": "urlPath", "type": "type", "Item": "item", "_": "x", "1a": "x1a", "ids": "ids",
	} {
		if got := parameterName(name); got != want {
			t.Errorf("the parameter %q becomes %s, not %s", name, got, want)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for _, c := range [][3]string{
		{"Shade", "SHADE_DARK", "DARK"}, {"PhoneType", "PHONE_TYPE_HOME", "HOME"}, {"Outer.Kind", "KIND_A", "A"}, {"Kind", "KINDLY", "KINDLY"},
		{"Kind", "KIND_1", "KIND_1"}, {"Kind", "OTHER", "OTHER"}, {"Kind", "KIND_", "KIND_"}, {"Kind", "KIND", "KIND"},
	} {
		if got := withoutPrefix(c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s becomes %s, not %s", c[1], c[0], got, c[2])
		}
	}
}
