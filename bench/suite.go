package main

import (
	"fmt"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire/bench/apachegen"
)

// A benchmark is one case: a value, its message, and the engines that can work on it.
type benchmark struct {
	name    string
	size    int // bytes of the message
	message []byte
	engines []engine
}

// A definition makes a benchmark when it is asked for.
type definition struct {
	name string
	make func(name string) *benchmark
}

// definitions are the cases in the order of the table.
var definitions = []definition{
	{"small", define[apachegen.Small, segmentSmall](smallValue(1))},
	{"medium", define[apachegen.Medium, segmentMedium](mediumValue(1))},
	{"large", define[apachegen.Large, segmentLarge](largeValue())},
	{"wide", define[apachegen.Wide, segmentWide](wideValue())},
	{"empties", define[apachegen.Empties, segmentEmpties](new(Empties))},
	{"strings", define[apachegen.Strings, segmentStrings](stringsValue())},
	{"page-end", define[apachegen.Strings, segmentStrings](pageEndValue())},
	{"deep", define[apachegen.Deep, segmentDeep](deepValue(32))},
	{"structs", define[apachegen.Structs, segmentStructs](structsValue())},
	{"list-i32", define[apachegen.ListI32, segmentListI32](listI32Value())},
	{"list-i64", define[apachegen.ListI64, segmentListI64](listI64Value())},
	{"list-double", define[apachegen.ListDouble, segmentListDouble](listDoubleValue())},
	{"reuse", reused(define[apachegen.Medium, segmentMedium](mediumValue(1)))},
}

// define makes a case of a value of T, for which A is Apache's type and S that of segmentio/encoding.
func define[A, S, T any, PA apacheMessage[A], P fastMessage[T]](value P) func(string) *benchmark {
	return func(name string) *benchmark {
		message := thrift.FastMarshal(value)
		if name == "page-end" {
			message = atPageEnd(message)
		}
		return &benchmark{
			name:    name,
			size:    len(message),
			message: message,
			engines: append(ownEngines((*T)(value), message, reuses(name)),
				apacheEngine[A, PA](message, reuses(name)),
				fastCodecEngine[T](value, message, reuses(name)),
				segmentioEngine[S](message, reuses(name)),
				floorEngine[T](value, message, reuses(name)),
			),
		}
	}
}

// reuses tells whether a case decodes into populated targets instead of fresh ones.
func reuses(name string) bool { return name == "reuse" }

// reused leaves out the encoders, which such a case says nothing about.
func reused(make func(string) *benchmark) func(string) *benchmark {
	return func(name string) *benchmark {
		result := make(name)
		for _, engine := range result.engines {
			delete(engine.operations, encode)
			delete(engine.operations, encodeAny)
		}
		return result
	}
}

// verify makes sure that all engines write and read the same message. Nothing is timed before it has passed.
func (b *benchmark) verify() error {
	for _, engine := range b.engines {
		if engine.absent != "" {
			continue
		}
		got, err := engine.marshal()
		if err == nil {
			err = sameMessage(got, b.message)
		}
		if err != nil {
			return fmt.Errorf("%s: what %s encodes: %w", b.name, engine.name, err)
		}
		for direction, remarshal := range engine.remarshal {
			got, err := remarshal(b.message)
			if err == nil {
				err = sameMessage(got, b.message)
			}
			if err != nil {
				return fmt.Errorf("%s: %s, what %s encodes after it: %w", b.name, direction, engine.name, err)
			}
		}
	}
	return nil
}
