package figures

import (
	"math"
	"testing"
)

func TestMedianAndGeometricMean(t *testing.T) {
	if got := Median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median of three: %v", got)
	}
	if got := Median([]float64{8, 2, 4, 1}); got != 3 {
		t.Errorf("median of four: %v", got)
	}
	if got := GeometricMean([]float64{0.5, 2, 8}); math.Abs(got-2) > 1e-12 {
		t.Errorf("geometric mean: %v", got)
	}
}

func TestSpreadAndRatio(t *testing.T) {
	if got := Spread([]float64{8, 10, 12}); math.Abs(got-0.4) > 1e-12 {
		t.Errorf("spread: %v", got)
	}
	// The second round ran at half speed.
	if got := Ratio([]float64{20, 40, 30}, []float64{10, 20, 10}); got != 2 {
		t.Errorf("ratio: %v", got)
	}
}

func TestParseDemand(t *testing.T) {
	demand, err := ParseDemand("framed:call/ceiling>=0.5@a|b")
	if err != nil {
		t.Fatal(err)
	}
	if demand.Engine != "framed" || demand.Direction != "call" || demand.Peer != "ceiling" || demand.Least != 0.5 ||
		!demand.Cases.MatchString("b") || demand.Cases.MatchString("c") {
		t.Errorf("got %+v", demand)
	}
	for _, text := range []string{"", "call", "call/ceiling", "call/ceiling>0.5", "call/ceiling>=0.5.1", "call/ceiling>=1@("} {
		if got, err := ParseDemand(text); err == nil {
			t.Errorf("%q passes as %+v", text, got)
		}
	}
}
