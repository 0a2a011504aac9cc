package main

import (
	"strings"
	"testing"
)

func TestParseCheck(t *testing.T) {
	for _, row := range []struct {
		text string
		want check
		only string // a case that the regexp lets pass; others do not
	}{
		{"encode/fastcodec>=1.5", check{direction: encode, peer: peerFastCodec, least: 1.5}, ""},
		{"reflect:decode/apache>=1", check{engine: ownReflect, direction: decode, peer: peerApache, least: 1}, ""},
		{"tagwire-reflect:encode-any/segmentio>=0.9", check{engine: ownReflect, direction: encodeAny, peer: peerSegmentio, least: 0.9}, ""},
		{"marshal/fastcodec>=1.1", check{direction: marshaling, peer: peerFastCodec, least: 1.1}, ""},
		{"append/fastcodec>=1.5", check{direction: appending, peer: peerFastCodec, least: 1.5}, ""},
		{"reflect:size-encode/apache>=1", check{engine: ownReflect, direction: sizeEncode, peer: peerApache, least: 1}, ""},
		{"encode/fastcodec:each>=1.15", check{direction: encode, peer: peerFastCodec, least: 1.15, each: true}, ""},
		{"encode/fastcodec:case>=1.1", check{direction: encode, peer: peerFastCodec, least: 1.1, alone: true}, ""},
		{"reflect:append/tagwire:each>=1@^large$", check{engine: ownReflect, direction: appending, peer: ownNative, least: 1, each: true}, "large"},
		{"decode/element<=1.25", check{direction: decode, most: 1.25}, ""},
		{"reflect:encode/element<=3@^large$", check{engine: ownReflect, direction: encode, most: 3}, "large"},
		{"tagwire:decode-zerocopy/tagwire-reflect>=2@^large$", check{engine: ownNative, direction: decodeZeroCopy, peer: ownReflect, least: 2}, "large"},
	} {
		got, err := binaryFormat.parseCheck(row.text)
		if err != nil {
			t.Errorf("%s: %v", row.text, err)
			continue
		}
		if got.text != row.text {
			t.Errorf("%s: text %q", row.text, got.text)
		}
		if (got.cases != nil) != (row.only != "") || got.cases != nil && (!got.cases.MatchString(row.only) || got.cases.MatchString("small")) {
			t.Errorf("%s: cases %v", row.text, got.cases)
		}
		got.text, got.cases = "", nil
		if got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.text, got, row.want)
		}
	}
	for _, text := range []string{
		"", "encode", "encode/fastcodec", "encode/fastcodec>1.5", "encode/fastcodec>=", "encode/fastcodec>=1.2.3",
		"encode/fastcodec>=1.5@", "encode/fastcodec>=1.5@(", "encode/nobody>=1", "nobody:encode/apache>=1",
		"sideways/apache>=1", "encode/fastcodec>=-1", "encode/element>=1", "encode/element<=", "encode/element<=1.2.3",
		"encode/element<=1@(", "encode/fastcodec:any>=1", "encode/fastcodec:each:case>=1", "encode/fastcodec:case:each>=1", "encode:each/fastcodec>=1", ":each>=1", "encode/element:each<=1", "sideways/element<=1", "nobody:encode/element<=1", "encode/binary>=1",
	} {
		if got, err := binaryFormat.parseCheck(text); err == nil {
			t.Errorf("%q passes as %+v", text, got)
		}
	}
}

// sample is a table in which fastcodec beats Apache by 6 and Tagwire's reflection beats it by 2 and 8. The second of its
// three rounds ran at half speed, and something happened in the third.
func sample() results {
	r := make(results)
	for _, control := range binaryFormat.controls {
		r[resultKey{control.caseName, control.direction, peerApache}] = []float64{60, 120, 60}
		r[resultKey{control.caseName, control.direction, peerFastCodec}] = []float64{10, 20, 10}
	}
	r[resultKey{"small", encode, ownReflect}] = []float64{30, 60, 10}
	r[resultKey{"medium", encode, ownReflect}] = []float64{7.5, 15, 90}
	r[resultKey{"medium", encodeAny, ownReflect}] = []float64{15, 30, 90}
	r[resultKey{"list-i32", decode, ownReflect}] = []float64{3000, 2000, 9000}
	r[resultKey{"list-i64", decode, ownReflect}] = []float64{4000, 4000, 9000}
	for caseName, nanoseconds := range map[string]float64{"kitex": 20, "maps-i32-8": 5, "maps-i32-64": 10, "maps-i32-1000": 2.5} {
		r[resultKey{caseName, encode, ownReflect}] = []float64{nanoseconds, nanoseconds, nanoseconds}
		r[resultKey{caseName, encode, peerFastCodec}] = []float64{40, 40, 40}
	}
	return r
}

func TestJudge(t *testing.T) {
	weak := sample()
	weak[resultKey{"large", decode, peerFastCodec}] = []float64{50, 100, 10}
	unmeasured := sample()
	delete(unmeasured, resultKey{"large", decode, peerFastCodec})
	sized := sample()
	sized[resultKey{"small", sizeEncode, ownReflect}] = []float64{20, 40, 20}
	sized[resultKey{"small", sizeEncode, peerFastCodec}] = []float64{80, 160, 80}
	sized[resultKey{"small", marshaling, ownReflect}] = []float64{20, 40, 20}
	native := sample()
	native[resultKey{"small", encode, ownNative}] = []float64{60, 60, 600}
	for _, row := range []struct {
		name   string
		table  results
		check  string
		passes bool
		last   string // in the last line
	}{
		{"the mean suffices", sample(), "encode/apache>=3.9", true, "small 2.00 medium 8.00; geometric mean 4.000 ok"},
		{"the mean falls short", sample(), "encode/apache>=4.1", false, "geometric mean 4.000 FAIL"},
		{"cases are limited", sample(), "encode/apache>=7@medium", true, "geometric mean 8.000 ok"},
		{"a peer that sizes is not judged by its encode", sized, "size-encode/fastcodec>=4", true, "geometric mean 4.000 ok"},
		{"a peer that does not is", sized, "size-encode/apache>=2.9", true, "geometric mean 3.000 ok"},
		{"an encode is not a marshal", sized, "marshal/apache>=0.1", false, "no case"},
		{"each case suffices", sample(), "encode/apache:each>=1.99", true, "small 2.00 medium 8.00; least 2.000 ok"},
		{"the mean is not asked for", sample(), "encode/apache:each>=2.1", false, "small 2.00 medium 8.00; least 2.000 FAIL"},
		{"each case of a family", sample(), "encode/fastcodec:case>=3.9@^maps-i32$", true, "maps-i32-8 8.00 maps-i32-64 4.00 maps-i32-1000 16.00; least 4.000 ok"},
		{"which hides none", sample(), "encode/fastcodec:case>=4.1@^(kitex|maps-i32)$", false, "kitex 2.00 maps-i32-8 8.00 maps-i32-64 4.00 maps-i32-1000 16.00; least 2.000 FAIL"},
		{"other groups do not count", sample(), "encode/fastcodec>=0.9", false, "small 0.33 medium 1.33; geometric mean 0.667 FAIL"},
		{"unless the group is named", sample(), "encode/fastcodec>=3.9@^real$", true, "kitex 2.00 maps-i32 8.00; geometric mean 4.000 ok"},
		{"a family is one case", sample(), "encode/fastcodec>=7.9@^maps-i32$", true, "maps-i32 8.00; geometric mean 8.000 ok"},
		{"and has cases", sample(), "encode/fastcodec>=3.9@^(kitex|maps-i32-64)$", false, "kitex 2.00 maps-i32 4.00; geometric mean 2.828 FAIL"},
		{"all groups", sample(), "encode/fastcodec>=1@^(basic|real)$", true, "small 0.33 medium 1.33 kitex 2.00 maps-i32 8.00; geometric mean 1.633 ok"},
		{"a map is no list of numbers", sample(), "encode/element<=3", false, "no case of numbers"},
		{"except by its name", sample(), "encode/element<=1@^maps-i32-8$", true, "tagwire-reflect, maps-i32-8 0.62 ns ok"},
		{"a peer's base direction", sample(), "encode-any/apache>=4", true, "geometric mean 4.000 ok"},
		{"each element suffices", sample(), "decode/element<=4", true, "tagwire-reflect, list-i32 3.00 list-i64 4.00 ns ok"},
		{"one element falls short", sample(), "decode/element<=3.9", false, "list-i32 3.00 list-i64 4.00 ns FAIL"},
		{"elements of some cases", sample(), "decode/element<=3@i32", true, "tagwire-reflect, list-i32 3.00 ns ok"},
		{"no element", sample(), "encode/element<=3", false, "no case of numbers"},
		{"nothing measured", sample(), "decode/apache>=1", false, "no case"},
		{"the control fails", weak, "encode/apache>=1", false, "geometric mean 4.000 ok"},
		{"the control is not measured", unmeasured, "encode/apache>=1", false, "geometric mean 4.000 ok"},
		{"the best tier is judged", native, "encode/apache>=1.5", false, "tagwire, small 1.00; geometric mean 1.000 FAIL"},
		{"unless another is named", native, "reflect:encode/apache>=1.5", true, "geometric mean 4.000 ok"},
	} {
		parsed, err := binaryFormat.parseCheck(row.check)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		passes := row.table.judge(binaryFormat, []check{parsed}, &out)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if passes != row.passes || !strings.Contains(lines[len(lines)-1], row.last) {
			t.Errorf("%s: passes %v, printed\n%s", row.name, passes, out.String())
		}
	}
	if !weak.judge(binaryFormat, nil, new(strings.Builder)) {
		t.Error("the control decides a run without checks")
	}
}
