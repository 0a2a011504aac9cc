package main

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/rpc/interop/gen/alltypes"
)

// sample returns the value that every peer has written down in its own language.
func sample() *alltypes.Everything {
	note := "set, though optional"
	return &alltypes.Everything{
		Flag:    true,
		Tiny:    math.MinInt8,
		Small:   math.MinInt16,
		Medium:  math.MinInt32,
		Large:   math.MinInt64,
		Real:    6.02214076e23,
		Text:    "Grüße, 世界 🌍",
		Blob:    []byte{0, 0xff, 0x80, 0x7f, '\n'},
		Color:   alltypes.Color_BLUE,
		Point:   &alltypes.Point{X: -1, Y: 2},
		Numbers: []int32{0, 1, -1, math.MaxInt32},
		Names:   []string{"", "alpha", "beta"},
		Counts:  map[string]int64{"one": 1, "big": 1<<53 + 1},
		Grid:    [][]*alltypes.Point{{{X: 1, Y: 2}, {X: 3, Y: 4}}, {}, {{X: 5, Y: 6}}},
		Nested:  map[int32]map[string][]float64{-7: {"a": {0.5, -0.25}, "b": {}}, 9: {}},
		Places:  map[string]*alltypes.Point{"home": {}, "away": {X: 100, Y: -100}},
		Deep:    []map[int16][]int8{{1: {1, 2}, -300: {math.MinInt8}}, {}},
		Note:    &note,
		Palette: []alltypes.Color{alltypes.Color_RED, alltypes.Color_BLUE},
		Bits:    []bool{true, false, true},
	}
}

// sorted puts the elements of a value's sets in order: they arrive in any.
func sorted(value *alltypes.Everything) *alltypes.Everything {
	slices.Sort(value.Names)
	for _, sets := range value.Deep {
		for _, set := range sets {
			slices.Sort(set)
		}
	}
	return value
}

// join returns the parameters of join as text. Eighths of the double are whole numbers, which all languages print alike.
func join(flag bool, tiny int8, small int16, medium int32, large int64, real float64, text string, blob []byte,
	color alltypes.Color, point *alltypes.Point, numbers []int32) string {
	var list []string
	for _, number := range numbers {
		list = append(list, fmt.Sprint(number))
	}
	return fmt.Sprintf("flag=%t tiny=%d small=%d medium=%d large=%d eighths=%d text=%s blob=%s color=%d point=%d,%d numbers=%s",
		flag, tiny, small, medium, large, int64(real*8), text, hex.EncodeToString(blob), int64(color), point.X, point.Y,
		strings.Join(list, ","))
}
