package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// call is the client: it makes a call of each kind, and one that fails.
func call(out io.Writer, address string) error {
	var stations Stations
	client, err := rpc.NewClient(
		rpc.WithAddresses(address),
		rpc.WithTransport(rpc.GRPC),
		rpc.WithService(serviceName),
		rpc.WithContract(&stations, rpc.Protobuf()),
	)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	summary, err := stations.Record(ctx, readings("Oslo", 3.5, 7, 4.5))
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "recorded:", summary)

	latest, err := stations.Latest(ctx, &Query{Station: "Oslo"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "latest:", latest)

	for reading, err := range stations.History(ctx, &Query{Station: "Oslo"}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "history:", reading)
	}

	for summary, err := range stations.Follow(ctx, readings("Rome", 21, 24)) {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "so far:", summary)
	}

	_, err = stations.Latest(ctx, &Query{Station: "Rome"})
	var status *grpc.Status
	if !errors.As(err, &status) || status.Code != grpc.NotFound {
		return fmt.Errorf("the latest of a station without readings: %w", err)
	}
	fmt.Fprintln(out, "Rome:", status.Message)
	return nil
}

// readings yields readings of a station.
func readings(station string, celsius ...float64) iter.Seq2[*Reading, error] {
	return func(yield func(*Reading, error) bool) {
		for _, c := range celsius {
			if !yield(&Reading{Station: station, Celsius: c}, nil) {
				return
			}
		}
	}
}

// String returns the reading for people.
func (r *Reading) String() string { return fmt.Sprintf("%s %.1f", r.Station, r.Celsius) }

// String returns the summary for people.
func (s *Summary) String() string {
	return fmt.Sprintf("%d readings, %.1f in the mean, at most %v", s.Count, s.Mean, s.Warmest)
}
