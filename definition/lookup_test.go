package definition

import "testing"

// TestResolve follows typedefs, also those that a peer has made up.
func TestResolve(t *testing.T) {
	ref := func(name string) *Type { return &Type{Kind: KindTypedef, Ref: &Ref{Path: "a.thrift", Name: name}} }
	d := &Definitions{Files: []*File{{Path: "a.thrift", Typedefs: []*Typedef{
		{Name: "ID", Type: &Type{Kind: KindI64}},
		{Name: "UserID", Type: ref("ID")},
		{Name: "Self", Type: ref("Self")},
		{Name: "Ping", Type: ref("Pong")},
		{Name: "Pong", Type: ref("Ping")},
		{Name: "Nothing"},
		{Name: "Lost", Type: ref("Missing")},
	}}}}
	for name, want := range map[string]Kind{"ID": KindI64, "UserID": KindI64, "Self": KindInvalid, "Ping": KindInvalid, "Nothing": KindInvalid,
		"Lost": KindInvalid, "Missing": KindInvalid} {
		if got := d.Resolve(ref(name)); got.Kind != want {
			t.Errorf("%s stands for kind %d in place of %d", name, got.Kind, want)
		}
	}
	for _, odd := range []*Type{nil, {Kind: KindTypedef}, {Kind: KindTypedef, Ref: &Ref{Path: "b.thrift", Name: "ID"}}} {
		if got := d.Resolve(odd); got.Kind != KindInvalid {
			t.Errorf("%v stands for kind %d", odd, got.Kind)
		}
	}
	if d.Enum(nil) != nil || d.Struct(nil) != nil || d.Service(nil) != nil {
		t.Error("something is declared at no place")
	}
}
