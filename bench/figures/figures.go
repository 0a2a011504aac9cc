// Package figures holds what the comparisons of this module make of their measurements: medians, means, ratios, and the
// demands of the -check flags.
package figures

import (
	"math"
	"slices"
)

// Median is the value in the middle, or between the two in the middle.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// GeometricMean is the mean of ratios.
func GeometricMean(values []float64) float64 {
	logarithms := 0.0
	for _, value := range values {
		logarithms += math.Log(value)
	}
	return math.Exp(logarithms / float64(len(values)))
}

// Spread is the distance of the largest value from the smallest, as a part of the median.
func Spread(values []float64) float64 {
	return (slices.Max(values) - slices.Min(values)) / Median(values)
}

// Ratio is how many times larger the values of numerator are than those of denominator, round by round: the median of the
// ratios within each round, since a machine that slows down for seconds slows both.
func Ratio(numerator, denominator []float64) float64 {
	ratios := make([]float64, len(denominator))
	for i := range denominator {
		ratios[i] = numerator[i] / denominator[i]
	}
	return Median(ratios)
}

// Verdict is the word that a judged figure ends with.
func Verdict(holds bool) string {
	if holds {
		return "ok"
	}
	return "FAIL"
}
