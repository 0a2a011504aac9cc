// Command quickstart decodes an order that Apache Thrift's Python library wrote into tagged structs, prints
// it, encodes it again, in Thrift and in Protobuf, and says what each engine needs for that.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"reflect"
	"time"

	"github.com/tagwire/tagwire"
)

//go:embed order.bin
var message []byte

func main() {
	if err := run(os.Stdout, 50*time.Millisecond); err != nil {
		log.Fatal(err)
	}
}

// run does it all; each measurement takes about that long.
func run(out io.Writer, measured time.Duration) error {
	// Where native code can run, this makes it now. Without, it is made in the background after some use.
	if err := tagwire.Compile(reflect.TypeFor[Order]()); err != nil {
		return err
	}
	var order Order
	if err := tagwire.Unmarshal(message, &order); err != nil {
		return err
	}
	text, err := json.MarshalIndent(&order, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n", text)

	info := tagwire.EngineOf(reflect.TypeFor[Order]())
	if info.Engine == tagwire.Native {
		fmt.Fprintf(out, "engine=native, %d bytes of machine code, compiled in %v\n", info.CodeBytes, info.CompileTime.Round(time.Microsecond))
	} else {
		fmt.Fprintf(out, "engine=%v: %s\n", info.Engine, info.Reason)
	}
	if err := roundTrip(out, &order); err != nil {
		return err
	}
	if err := inProtobuf(out, &order); err != nil {
		return err
	}
	for _, engine := range []tagwire.Engine{tagwire.Native, tagwire.Reflect} {
		if err := measure(out, engine, &order, measured); err != nil {
			return err
		}
	}
	return nil
}

// roundTrip encodes the order, decodes that, and compares values and bytes.
func roundTrip(out io.Writer, order *Order) error {
	encoded, err := tagwire.Marshal(order)
	if err != nil {
		return err
	}
	var again Order
	if err := tagwire.Unmarshal(encoded, &again); err != nil {
		return err
	}
	if !reflect.DeepEqual(&again, order) {
		return fmt.Errorf("the order changed on its way through %x", encoded)
	}
	fmt.Fprintf(out, "%d bytes from Python, %d from us, which decode to an equal order\n", len(message), len(encoded))

	// Map entries are written in Go's order, which is none. Sorted, as Python had filled its maps, the bytes
	// are the same.
	sorted, err := tagwire.Marshal(order, tagwire.WithDeterministic())
	if err != nil {
		return err
	}
	if !bytes.Equal(sorted, message) {
		return fmt.Errorf("our bytes differ from Python's:\n%x\n%x", sorted, message)
	}
	fmt.Fprintln(out, "with sorted map keys our bytes are identical to Python's")
	return nil
}

// inProtobuf encodes the same order in Protobuf, and decodes that.
func inProtobuf(out io.Writer, order *Order) error {
	encoded, err := tagwire.Marshal(order, tagwire.WithFormat(tagwire.Protobuf))
	if err != nil {
		return err
	}
	var again Order
	if err := tagwire.Unmarshal(encoded, &again, tagwire.WithFormat(tagwire.Protobuf)); err != nil {
		return err
	}
	if !reflect.DeepEqual(&again, order) {
		return fmt.Errorf("the order changed on its way through %x", encoded)
	}
	fmt.Fprintf(out, "%d bytes in Protobuf, which decode to an equal order, too\n", len(encoded))
	return nil
}

// measure prints how long an engine takes to encode and to decode the order.
func measure(out io.Writer, engine tagwire.Engine, order *Order, measured time.Duration) error {
	codec, err := tagwire.For[Order](tagwire.WithEngine(engine))
	if err != nil {
		fmt.Fprintf(out, "%-8v not here: %v\n", engine, err)
		return nil
	}
	buffer := make([]byte, len(message))
	encode, err := nanoseconds(measured, func() error {
		_, err := codec.Encode(buffer, order)
		return err
	})
	if err != nil {
		return err
	}
	decode, err := nanoseconds(measured, func() error {
		_, err := codec.Decode(message, new(Order))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-8v encode %6d ns/op, decode %6d ns/op\n", engine, encode, decode)
	return nil
}

// nanoseconds returns what one call of operation takes, the first few not counted.
func nanoseconds(measured time.Duration, operation func() error) (int64, error) {
	const batch = 1000
	calls, start := int64(-batch), time.Now()
	for calls <= 0 || time.Since(start) < measured {
		for range batch {
			if err := operation(); err != nil {
				return 0, err
			}
		}
		if calls += batch; calls == 0 {
			start = time.Now()
		}
	}
	return time.Since(start).Nanoseconds() / calls, nil
}
