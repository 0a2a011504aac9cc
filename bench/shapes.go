package main

import (
	"github.com/cloudwego/gopkg/protocol/thrift"

	"github.com/tagwire/tagwire"
	apacheshapes "github.com/tagwire/tagwire/bench/apachegen/shapes"
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

// The cases that have the types and values of real programs. Their types are thriftgo's: tags of two kinds, an InitDefault on each
// struct, getters, pointers for optional scalars, enums as int64. What fastcodec runs is thriftgo's code for them.

func shapeDefinitions() []definition {
	return []definition{
		{name: "kitex", group: real, make: defineShape[apacheshapes.Complex, segmentComplex](complexValue, byHandOf[shapes.Complex]{copyComplex, gatherComplex})},
		{name: "order", group: real, make: defineSubject[apacheshapes.Order, segmentOrder, Order, shapes.Order, *apacheshapes.Order, *shapes.Order](
			translate[apacheshapes.Order], orderSubject)},
		{name: "sparse", group: real, make: defineShape[apacheshapes.Sparse, segmentSparse](sparseValue, byHandOf[shapes.Sparse]{copySparse, gatherSparse})},
		{name: "tree", group: real, make: defineShape[apacheshapes.Tree, segmentTree](treeValue, byHandOf[shapes.Tree]{copyTree, gatherTree})},
		{name: "unknown", group: real, make: decodeOnly(defineSubject[apacheshapes.Half, segmentHalf, shapes.Half, shapes.Half, *apacheshapes.Half, *shapes.Half](
			translate[apacheshapes.Both], unknownSubject))},
	}
}

// defineShape makes a case of a value of a type of thriftgo's.
func defineShape[A, S, T any, PA apacheMessage[A], P fastMessage[T]](make func() P, floor byHandOf[T]) func(string, *format) (*benchmark, error) {
	return defineSubject[A, S, T, T, PA, P](translate[A, PA], func() (subject[T, T], error) {
		value := make()
		return subject[T, T]{value: value, fast: value, binary: thrift.FastMarshal(value), floor: floor.of(value)}, nil
	})
}

// orderSubject is the quickstart's order as a value of the quickstart's type for us, and of thriftgo's type for fastcodec.
func orderSubject() (subject[Order, shapes.Order], error) {
	value, fast := orderValue(), shapes.NewOrder()
	binary, err := tagwire.Marshal(value, tagwire.WithDeterministic())
	if err == nil {
		err = thrift.FastUnmarshal(binary, fast)
	}
	floor := byHandOf[shapes.Order]{copyOrder, gatherOrder}
	return subject[Order, shapes.Order]{value: value, fast: fast, binary: binary, floor: floor.of(fast)}, err
}

// unknownSubject is a message with twenty fields, of which the type that reads it has ten.
func unknownSubject() (subject[shapes.Half, shapes.Half], error) {
	both, half := bothValue(), shapes.NewHalf()
	binary := thrift.FastMarshal(both)
	if err := thrift.FastUnmarshal(binary, half); err != nil {
		return subject[shapes.Half, shapes.Half]{}, err
	}
	written := thrift.FastMarshal(half)
	floor := byHandOf[shapes.Half]{copyHalf, gatherHalf}
	return subject[shapes.Half, shapes.Half]{value: half, fast: half, binary: binary, written: written, floor: floor.of(half)}, nil
}

// byHandOf has the functions of floored for a type that cannot have methods of ours.
type byHandOf[T any] struct {
	copy   func(v, target *T, m *memory)
	gather func(v *T, buf []byte) int
}

func (b byHandOf[T]) of(value *T) floored[T] { return handled[T]{b, value} }

// handled is a value that is copied and gathered by functions.
type handled[T any] struct {
	functions byHandOf[T]
	value     *T
}

func (h handled[T]) copyTo(target *T, m *memory) { h.functions.copy(h.value, target, m) }
func (h handled[T]) gather(buf []byte) int       { return h.functions.gather(h.value, buf) }
