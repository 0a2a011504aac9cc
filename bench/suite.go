package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire/bench/apachegen"
)

// A benchmark is one case: a value, its message, and the engines that can work on it.
type benchmark struct {
	name    string
	message []byte
	engines []engine
	strict  func() error // what else must hold; nil: nothing
}

// A group of cases has geometric means of its own.
type group string

const (
	basic group = "basic" // values that show one thing each
	real  group = "real"  // values and types as programs have them
)

var groups = []group{basic, real}

// A definition makes a benchmark when it is asked for.
type definition struct {
	name     string
	group    group
	family   string  // of cases that count as one in means; empty: the case counts by itself
	long     bool    // not part of a quick run
	elements int     // of a value that is a list of numbers or a map, else 0
	only     *format // the one format that the case is for; nil: all
	make     func(name string, f *format) (*benchmark, error)
}

// thriftDefinitions are Thrift's cases in the order of the table. Those of a family are neighbours.
var thriftDefinitions = slices.Concat([]definition{
	{name: "small", group: basic, make: define[apachegen.Small, segmentSmall](smallValue(1))},
	{name: "medium", group: basic, make: define[apachegen.Medium, segmentMedium](mediumValue(1))},
	{name: "large", group: basic, make: define[apachegen.Large, segmentLarge](largeValue())},
	{name: "wide", group: basic, make: define[apachegen.Wide, segmentWide](wideValue())},
	{name: "empties", group: basic, make: define[apachegen.Empties, segmentEmpties](new(Empties))},
	{name: "strings", group: basic, make: define[apachegen.Strings, segmentStrings](stringsValue())},
	{name: "page-end", group: basic, make: define[apachegen.Strings, segmentStrings](pageEndValue())},
	{name: "deep", group: basic, make: define[apachegen.Deep, segmentDeep](deepValue(32))},
	{name: "structs", group: basic, make: define[apachegen.Structs, segmentStructs](structsValue())},
	{name: "list-i32", group: basic, elements: listLength, make: define[apachegen.ListI32, segmentListI32](listI32Value())},
	{name: "list-i64", group: basic, elements: listLength, make: define[apachegen.ListI64, segmentListI64](listI64Value())},
	{name: "varints-i32", group: basic, elements: listLength, only: compactFormat, make: define[apachegen.ListI32, segmentListI32](varintI32s())},
	{name: "varints-i64", group: basic, elements: listLength, only: compactFormat, make: define[apachegen.ListI64, segmentListI64](varintI64s())},
	{name: "list-double", group: basic, elements: listLength, make: define[apachegen.ListDouble, segmentListDouble](listDoubleValue())},
	{name: "reuse", group: basic, make: decodeOnly(define[apachegen.Medium, segmentMedium](mediumValue(1)))},
}, shapeDefinitions(), mapDefinitions())

// names are what a regexp can select the case by: its own name, and those of its family and group.
func (d definition) names() []string {
	names := []string{d.name, string(d.group)}
	if d.family != "" {
		names = append(names, d.family)
	}
	return names
}

// counted is the name that the case counts under in means.
func (d definition) counted() string {
	if d.family != "" {
		return d.family
	}
	return d.name
}

// A subject is what a case is made of.
type subject[T, F any] struct {
	value   *T         // ours
	fast    *F         // the same for fastcodec
	binary  []byte     // the message, in Binary
	written []byte     // what engines write that have read the message; nil: the message itself
	floor   floored[F] // of fast
	absent  string     // why segmentio cannot take part; empty if it can
}

// define makes a case of a value of T, for which A is Apache's type and S that of segmentio/encoding. The reference message is
// what fastcodec writes.
func define[A, S, T any, PA apacheMessage[A], P fastMessage[T]](value P) func(string, *format) (*benchmark, error) {
	return defineSubject[A, S, T, T, PA, P](translate[A, PA], func() (subject[T, T], error) {
		return subject[T, T]{value: value, fast: value, binary: thrift.FastMarshal(value), floor: any(value).(floored[T])}, nil
	})
}

// defineSubject makes a case. In Compact the reference message is what Apache makes of that in Binary: toCompact.
func defineSubject[A, S, T, F any, PA apacheMessage[A], PF fastMessage[F]](
	toCompact func([]byte) ([]byte, error), make func() (subject[T, F], error),
) func(string, *format) (*benchmark, error) {
	return func(name string, f *format) (*benchmark, error) {
		of, err := make()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		of.binary = placed(name, of.binary)
		result := &benchmark{name: name}
		if f == compactFormat {
			compact, err := toCompact(of.binary)
			if err != nil {
				return nil, fmt.Errorf("%s in Compact: %w", name, err)
			}
			result.message = placed(name, compact)
			result.engines, err = compactEngines[A, T, F, PA, PF](of, result.message, reuses(name))
			return result, err
		}
		result.message = of.binary
		result.engines = binaryEngines[A, S, T, F, PA, PF](of, reuses(name))
		return result, nil
	}
}

// binaryEngines are the engines of a case in Binary.
func binaryEngines[A, S, T, F any, PA apacheMessage[A], PF fastMessage[F]](of subject[T, F], reuse bool) []engine {
	engines := append(ownEngines(binaryFormat, of.value, of.binary, reuse),
		apacheEngine[A, PA](peerApache, apacheBinary, of.binary, reuse),
		fastCodecEngine[F](PF(of.fast), of.binary, reuse))
	if of.absent == "" {
		engines = append(engines, segmentioEngine[S](of.binary, reuse))
	} else {
		engines = append(engines, engine{name: peerSegmentio, absent: of.absent})
	}
	engines = append(engines, floorEngine[F, PF](of.floor, of.binary, reuse))
	for i := range engines {
		engines[i].canonical, engines[i].message, engines[i].written = canonical, of.binary, of.written
	}
	return engines
}

// placed puts the message of the case page-end where a page ends.
func placed(name string, message []byte) []byte {
	if name == "page-end" {
		return atPageEnd(message)
	}
	return message
}

// reuses reports whether a case decodes into populated targets instead of fresh ones.
func reuses(name string) bool { return name == "reuse" }

// decodeOnly leaves out the encoders, which such a case says nothing about.
func decodeOnly(make func(string, *format) (*benchmark, error)) func(string, *format) (*benchmark, error) {
	return func(name string, f *format) (*benchmark, error) {
		result, err := make(name, f)
		if err != nil {
			return nil, err
		}
		for _, engine := range result.engines {
			maps.DeleteFunc(engine.operations, func(d direction, _ operation) bool { return d.base() != decode })
		}
		return result, nil
	}
}

// verify makes sure that all engines of a format write and read the same message. Nothing is timed before it has passed.
func (b *benchmark) verify() error {
	for _, engine := range b.engines {
		if engine.absent != "" {
			continue
		}
		written := engine.message
		if engine.written != nil {
			written = engine.written
		}
		for direction, encode := range engine.encoders {
			got, err := encode()
			if err == nil {
				err = sameMessage(engine.canonical, got, written)
			}
			if err != nil {
				return fmt.Errorf("%s: %s, what %s encodes: %w", b.name, direction, engine.name, err)
			}
		}
		for direction, remarshal := range engine.remarshal {
			got, err := remarshal(engine.message)
			if err == nil {
				err = sameMessage(engine.canonical, got, written)
			}
			if err != nil {
				return fmt.Errorf("%s: %s, what %s encodes after it: %w", b.name, direction, engine.name, err)
			}
		}
	}
	if b.strict != nil {
		if err := b.strict(); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}
