package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
)

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, 0); err != nil {
		t.Fatal(err)
	}
	printed, rest, _ := strings.Cut(out.String(), "\n\n")
	var order map[string]any
	if err := json.Unmarshal([]byte(printed), &order); err != nil {
		t.Fatalf("%v in\n%s", err, printed)
	}
	if customer := order["customer"].(map[string]any); customer["name"] != "Zoë Grünwald" || order["status"] != "paid" {
		t.Errorf("the order reads\n%s", printed)
	}
	if _, ok := order["shipped"]; ok {
		t.Error("the order was not shipped yet")
	}
	engine := "engine=reflect: "
	if tagwire.EngineOf(reflect.TypeFor[Order]()).Engine == tagwire.Native {
		engine = " bytes of machine code, compiled in "
	}
	for _, want := range []string{engine, "equal order", "identical to Python's", " bytes in Protobuf", "reflect  encode"} {
		if !strings.Contains(rest, want) {
			t.Errorf("%q is not in\n%s", want, rest)
		}
	}
}

func TestStatusNames(t *testing.T) {
	for status, want := range map[Status]string{1: "placed", 3: "shipped", 9: "9", -1: "-1"} {
		if text, err := status.MarshalText(); err != nil || string(text) != want {
			t.Errorf("%d: %s, %v", status, text, err)
		}
	}
}
