package main

import (
	"context"
	"iter"
)

// Query names a station.
type Query struct {
	Station string `protobuf:"1"`
}

// Reading is a temperature that a station has measured.
type Reading struct {
	Station string  `protobuf:"1"`
	Celsius float64 `protobuf:"2"`
}

// Summary is what readings have in common.
type Summary struct {
	Count   int32    `protobuf:"1"`
	Mean    float64  `protobuf:"2"`
	Warmest *Reading `protobuf:"3"`
}

// Stations is the contract: what the server implements and the client calls. It has a method of each kind.
type Stations struct {
	// Latest returns the last reading of a station.
	Latest func(ctx context.Context, query *Query) (*Reading, error)
	// History returns all readings of a station.
	History func(ctx context.Context, query *Query) iter.Seq2[*Reading, error]
	// Record takes readings, and returns a summary of them.
	Record func(ctx context.Context, readings iter.Seq2[*Reading, error]) (*Summary, error)
	// Follow answers each reading with a summary of those so far. It keeps none.
	Follow func(ctx context.Context, readings iter.Seq2[*Reading, error]) iter.Seq2[*Summary, error]
}
