package main

import (
	"fmt"
	"maps"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire/bench/apachegen"
)

// A benchmark is one case: a value, its message, and the engines that can work on it.
type benchmark struct {
	name    string
	message []byte
	engines []engine
}

// A definition makes a benchmark when it is asked for.
type definition struct {
	name     string
	elements int     // of a value that is a list of numbers, else 0
	only     *format // the one format that the case is for; nil: all
	make     func(name string, f *format) (*benchmark, error)
}

// definitions are the cases in the order of the table.
var definitions = []definition{
	{"small", 0, nil, define[apachegen.Small, segmentSmall](smallValue(1))},
	{"medium", 0, nil, define[apachegen.Medium, segmentMedium](mediumValue(1))},
	{"large", 0, nil, define[apachegen.Large, segmentLarge](largeValue())},
	{"wide", 0, nil, define[apachegen.Wide, segmentWide](wideValue())},
	{"empties", 0, nil, define[apachegen.Empties, segmentEmpties](new(Empties))},
	{"strings", 0, nil, define[apachegen.Strings, segmentStrings](stringsValue())},
	{"page-end", 0, nil, define[apachegen.Strings, segmentStrings](pageEndValue())},
	{"deep", 0, nil, define[apachegen.Deep, segmentDeep](deepValue(32))},
	{"structs", 0, nil, define[apachegen.Structs, segmentStructs](structsValue())},
	{"list-i32", listLength, nil, define[apachegen.ListI32, segmentListI32](listI32Value())},
	{"list-i64", listLength, nil, define[apachegen.ListI64, segmentListI64](listI64Value())},
	{"varints-i32", listLength, compactFormat, define[apachegen.ListI32, segmentListI32](varintI32s())},
	{"varints-i64", listLength, compactFormat, define[apachegen.ListI64, segmentListI64](varintI64s())},
	{"list-double", listLength, nil, define[apachegen.ListDouble, segmentListDouble](listDoubleValue())},
	{"reuse", 0, nil, reused(define[apachegen.Medium, segmentMedium](mediumValue(1)))},
}

// define makes a case of a value of T, for which A is Apache's type and S that of segmentio/encoding. The reference message is
// what fastcodec writes; in Compact, what Apache makes of that.
func define[A, S, T any, PA apacheMessage[A], P fastMessage[T]](value P) func(string, *format) (*benchmark, error) {
	return func(name string, f *format) (*benchmark, error) {
		reuse, binary := reuses(name), placed(name, thrift.FastMarshal(value))
		result := &benchmark{name: name}
		if f == compactFormat {
			compact, err := translate[A, PA](binary)
			if err != nil {
				return nil, fmt.Errorf("%s in Compact: %w", name, err)
			}
			result.message = placed(name, compact)
			result.engines = compactEngines[A, T, PA](value, result.message, binary, reuse)
			return result, nil
		}
		result.message = binary
		result.engines = append(ownEngines(f, (*T)(value), binary, reuse),
			apacheEngine[A, PA](peerApache, apacheBinary, binary, reuse),
			fastCodecEngine[T](value, binary, reuse),
			segmentioEngine[S](binary, reuse),
			floorEngine[T](value, binary, reuse),
		)
		for i := range result.engines {
			result.engines[i].format, result.engines[i].message = f, binary
		}
		return result, nil
	}
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

// reused leaves out the encoders, which such a case says nothing about.
func reused(make func(string, *format) (*benchmark, error)) func(string, *format) (*benchmark, error) {
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
		for direction, encode := range engine.encoders {
			got, err := encode()
			if err == nil {
				err = engine.format.sameMessage(got, engine.message)
			}
			if err != nil {
				return fmt.Errorf("%s: %s, what %s encodes: %w", b.name, direction, engine.name, err)
			}
		}
		for direction, remarshal := range engine.remarshal {
			got, err := remarshal(engine.message)
			if err == nil {
				err = engine.format.sameMessage(got, engine.message)
			}
			if err != nil {
				return fmt.Errorf("%s: %s, what %s encodes after it: %w", b.name, direction, engine.name, err)
			}
		}
	}
	return nil
}
