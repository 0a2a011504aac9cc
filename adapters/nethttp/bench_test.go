package nethttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/tagwire/tagwire/rpc"

	"github.com/tagwire/tagwire/adapters/nethttp"
)

// order has the names of encoding/json in both kinds of tags.
type order struct {
	ID    int64             `json:"id" thrift:"id,1"`
	Note  string            `json:"note" thrift:"note,2"`
	Tags  map[string]string `json:"tags" thrift:"tags,3"`
	Lines []*line           `json:"lines" thrift:"lines,4,default,list<line>"`
}

type line struct {
	SKU   string  `json:"sku" thrift:"sku,1"`
	Count int32   `json:"count" thrift:"count,2"`
	Price float64 `json:"price" thrift:"price,3"`
}

func sampleOrder() *order {
	o := &order{ID: 7, Note: "leave it at the door", Tags: map[string]string{"channel": "web", "tier": "gold"}}
	for i := range 10 {
		o.Lines = append(o.Lines, &line{SKU: "A-1000", Count: int32(i), Price: 12.5})
	}
	return o
}

// decoded reads an order as encoding/json does it in a handler.
func decoded(b *testing.B, in io.Reader) *order {
	made := new(order)
	if err := json.NewDecoder(in).Decode(made); err != nil {
		b.Fatal(err)
	}
	return made
}

// BenchmarkEcho has calls over loopback: net/http with encoding/json on both sides, and a contract on both sides.
func BenchmarkEcho(b *testing.B) {
	b.Run("encoding/json", func(b *testing.B) {
		url, client := listen(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(decoded(b, r.Body))
		})), httpClient(b)
		b.ReportAllocs()
		for b.Loop() {
			body, err := json.Marshal(sampleOrder())
			if err != nil {
				b.Fatal(err)
			}
			response, err := client.Post(url, "application/json", bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			decoded(b, response.Body)
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	})
	b.Run("contract", func(b *testing.B) {
		type echo struct {
			Echo func(ctx context.Context, request *order) (*order, error)
		}
		svc := rpc.NewService("Echo")
		rpc.Implement[echo](svc, &echo{func(_ context.Context, request *order) (*order, error) { return request, nil }})
		handler, err := nethttp.NewHandler(svc)
		if err != nil {
			b.Fatal(err)
		}
		var client echo
		if err := nethttp.Fill(httpClient(b), listen(b, handler), "Echo", &client); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Echo(context.Background(), sampleOrder()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// discard is a http.ResponseWriter.
type discard struct{ header http.Header }

func (d discard) Header() http.Header            { return d.header }
func (d discard) Write(data []byte) (int, error) { return len(data), nil }
func (d discard) WriteHeader(int)                {}

// BenchmarkHandler has the handlers alone, without a connection: JSON in, JSON out.
func BenchmarkHandler(b *testing.B) {
	body, err := json.Marshal(sampleOrder())
	if err != nil {
		b.Fatal(err)
	}
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, request *order) (*order, error) { return request, nil })
	contract, err := nethttp.NewHandler(svc)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range []struct {
		name    string
		handler http.Handler
	}{
		{"encoding/json", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewEncoder(w).Encode(decoded(b, r.Body))
		})},
		{"contract", contract},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request, err := http.NewRequest(http.MethodPost, "/Echo/Echo", bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/json")
				row.handler.ServeHTTP(discard{http.Header{}}, request)
			}
		})
	}
}
