package main

import (
	"fmt"

	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

func pointerTo[T any](value T) *T { return &value }

// partValue has its optional fields in some of the parts only.
func partValue(seed int) *shapes.Part {
	part := &shapes.Part{Name: text(seed, 12+seed%9), Count: long(seed)}
	if seed%2 == 0 {
		part.Grade = pointerTo(shapes.Grade_PLAIN + shapes.Grade(seed%4/2))
	}
	if seed%3 == 0 {
		part.Weight = pointerTo(double(seed))
	}
	return part
}

// complexValue is the message of the complex call.
func complexValue() *shapes.Complex {
	value := &shapes.Complex{
		Name:       text(1, 24),
		Number:     long(1),
		Grade:      shapes.Grade_FINE,
		PartByName: make(map[string]*shapes.Part),
		CountsByGrade: map[shapes.Grade][]int64{
			shapes.Grade_PLAIN: {long(2), long(3), long(4)},
			shapes.Grade_FINE:  {long(5), long(6), long(7), long(8)},
		},
		Blob:   blob(1)[:64],
		Note:   pointerTo(text(2, 20)),
		Limit:  pointerTo(int32(500)),
		Active: true,
		Main:   partValue(90),
	}
	for i := range 20 {
		value.Parts = append(value.Parts, partValue(i))
	}
	for i := range entries {
		value.PartByName[fmt.Sprintf("part-%d", i)] = partValue(30 + i)
		value.Tags = append(value.Tags, text(40+i, 6+i))
	}
	return value
}

// sparseValue has three of thirty fields.
func sparseValue() *shapes.Sparse {
	return &shapes.Sparse{Int1: pointerTo(int32(7)), Text2: pointerTo(text(1, 16)), Long4: pointerTo(long(1))}
}

// treeValue has 40 nodes: three children each, on four levels.
func treeValue() *shapes.Tree { return treeOf(4, 1) }

func treeOf(levels, seed int) *shapes.Tree {
	node := &shapes.Tree{Name: text(seed, 8+seed%8), Weight: long(seed)}
	if levels > 1 {
		for i := range 3 {
			node.Children = append(node.Children, treeOf(levels-1, 3*seed+i))
		}
	}
	return node
}

// bothValue has pairs of fields of the same kind and size; Half knows one of each pair.
func bothValue() *shapes.Both {
	texts := func(seed int) map[string]string {
		result := make(map[string]string)
		for i := range 4 {
			result[text(seed+i, 8)] = text(seed+10+i, 16)
		}
		return result
	}
	parts := func(seed int) (list []*shapes.Part) {
		for i := range 6 {
			list = append(list, partValue(seed+i))
		}
		return list
	}
	return &shapes.Both{
		IntA: 1, IntB: 2,
		TextA: text(1, 40), TextB: text(2, 40),
		LongsA: []int64{long(1), long(2), long(3), long(4), long(5)}, LongsB: []int64{long(6), long(7), long(8), long(9), long(10)},
		PartA: partValue(0), PartB: partValue(12),
		RealA: double(1), RealB: double(2),
		TextByTextA: texts(1), TextByTextB: texts(2),
		FlagA: true, FlagB: true,
		PartsA: parts(6), PartsB: parts(18),
		LongA: long(1), LongB: long(2),
		BlobA: blob(1)[:32], BlobB: blob(2)[:32],
	}
}
