package main

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func message(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSameMessage(t *testing.T) {
	// Field 1 is a map<byte, map<byte, byte>>; the entries of both levels may come in any order.
	const (
		header = "0d0001" + "030d" + "00000002"
		inner  = "0303" + "00000002"
	)
	first := message(t, header+"01"+inner+"0a0b0c0d"+"02"+inner+"05060708"+"00")
	second := message(t, header+"02"+inner+"07080506"+"01"+inner+"0c0d0a0b"+"00")
	other := message(t, header+"02"+inner+"07080506"+"01"+inner+"0c0d0a0c"+"00")
	if err := sameMessage(canonical, first, second); err != nil {
		t.Errorf("another order of entries: %v", err)
	}
	if sameMessage(canonical, first, other) == nil {
		t.Error("another value passes for the same")
	}
	if sameMessage(canonical, first, first[:len(first)-1]) == nil {
		t.Error("a cut message passes for the same")
	}
	// A list has an order.
	if sameMessage(canonical, message(t, "0f000103000000020102"+"00"), message(t, "0f000103000000020201"+"00")) == nil {
		t.Error("another order of elements passes for the same")
	}
	// A set has none.
	set := message(t, "0e000103000000020102"+"00")
	if err := sameMessage(canonical, set, message(t, "0e000103000000020201"+"00")); err != nil {
		t.Errorf("another order of a set: %v", err)
	}
	if sameMessage(canonical, set, message(t, "0e000103000000020103"+"00")) == nil {
		t.Error("another set passes for the same")
	}
}

// TestSameCompactMessage has the messages of TestSameMessage.
func TestSameCompactMessage(t *testing.T) {
	const (
		header = "1b" + "023b"
		inner  = "0233"
	)
	first := message(t, header+"01"+inner+"0a0b0c0d"+"02"+inner+"05060708"+"00")
	second := message(t, header+"02"+inner+"07080506"+"01"+inner+"0c0d0a0b"+"00")
	other := message(t, header+"02"+inner+"07080506"+"01"+inner+"0c0d0a0c"+"00")
	if err := sameMessage(canonicalCompact, first, second); err != nil {
		t.Errorf("another order of entries: %v", err)
	}
	if sameMessage(canonicalCompact, first, other) == nil {
		t.Error("another value passes for the same")
	}
	if sameMessage(canonicalCompact, first, first[:len(first)-1]) == nil {
		t.Error("a cut message passes for the same")
	}
	if sameMessage(canonicalCompact, message(t, "1923010200"), message(t, "1923020100")) == nil {
		t.Error("another order of elements passes for the same")
	}
	if err := sameMessage(canonicalCompact, message(t, "1a23010200"), message(t, "1a23020100")); err != nil {
		t.Errorf("another order of a set: %v", err)
	}
	if sameMessage(canonicalCompact, message(t, "1a23010200"), message(t, "1a23010300")) == nil {
		t.Error("another set passes for the same")
	}
}

func TestCanonicalRefusesWhatIsNoMessage(t *testing.T) {
	for _, text := range []string{"", "08", "080001000000", "0b0001ffffffff00", "0b00010000000561", "0f00010800000004", "0100010000", "0000"} {
		if result, err := canonical(message(t, text)); err == nil {
			t.Errorf("%s became %x", text, result)
		}
	}
}

func TestCanonicalCompactRefusesWhatIsNoMessage(t *testing.T) {
	for _, text := range []string{"", "15", "1580", "18ff00", "180561", "19f5", "19f505", "1945020202", "1e0000", "0000", "1b01", "1b0155", "0580"} {
		if result, err := canonicalCompact(message(t, text)); err == nil {
			t.Errorf("%s became %x", text, result)
		}
	}
}

func TestCanonicalCompactKeepsEveryType(t *testing.T) {
	data := message(t, "11"+"12"+"13"+"7f"+"17"+"4000000000000000"+"14"+"8001"+"15"+"02"+"16"+"03"+"18"+"02"+"6869"+
		"1c"+"130900"+"1a"+"1305"+"19"+"2101"+"02"+"19f3"+"0f"+"000102030405060708090a0b0c0d0e"+"0580"+"01"+"07"+"1b00"+"00")
	result, err := canonicalCompact(data)
	if err != nil || !bytes.Equal(result, data) {
		t.Errorf("got %x, %v", result, err)
	}
}

func TestCanonicalKeepsEveryType(t *testing.T) {
	data := message(t, "020001"+"01"+"030002"+"7f"+"040003"+"4000000000000000"+"060004"+"0001"+"080005"+"00000002"+
		"0a0006"+"0000000000000003"+"0b0007"+"00000002"+"6869"+"0c0008"+"0300010900"+"0e0009"+"03"+"00000001"+"05"+"00")
	result, err := canonical(data)
	if err != nil || !bytes.Equal(result, data) {
		t.Errorf("got %x, %v", result, err)
	}
}
