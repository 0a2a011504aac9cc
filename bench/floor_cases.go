package main

import (
	"encoding/binary"
	"math"
	"unsafe"
)

func (v *Small) copyTo(target *Small, m *memory) {
	*target = *v
	target.Text, target.Blob = m.text(v.Text), m.bytes(v.Blob)
}

func (v *Small) gather(buf []byte) int {
	n := copy(buf, v.Text)
	return n + copy(buf[n:], v.Blob)
}

func (v *Medium) copyTo(target *Medium, m *memory) {
	*target = *v
	target.Text, target.Blob, target.Small = m.text(v.Text), m.bytes(v.Blob), new(Small)
	v.Small.copyTo(target.Small, m)
	target.Smalls = pointersTo[Small](len(v.Smalls))
	for i, small := range v.Smalls {
		small.copyTo(target.Smalls[i], m)
	}
	target.Ints, target.Longs = numbers(v.Ints), numbers(v.Longs)
	target.Texts = make([]string, len(v.Texts))
	for i, text := range v.Texts {
		target.Texts[i] = m.text(text)
	}
	target.TextByText = make(map[string]string, len(v.TextByText))
	for key, text := range v.TextByText {
		target.TextByText[m.text(key)] = m.text(text)
	}
	target.LongByInt = make(map[int32]int64, len(v.LongByInt))
	for key, long := range v.LongByInt {
		target.LongByInt[key] = long
	}
	target.TextByLong = make(map[int64]string, len(v.TextByLong))
	for key, text := range v.TextByLong {
		target.TextByLong[key] = m.text(text)
	}
	target.SmallByText = make(map[string]*Small, len(v.SmallByText))
	smalls, next := make([]Small, len(v.SmallByText)), 0
	for key, small := range v.SmallByText {
		small.copyTo(&smalls[next], m)
		target.SmallByText[m.text(key)] = &smalls[next]
		next++
	}
}

func (v *Medium) gather(buf []byte) int {
	n := copy(buf, v.Text)
	n += copy(buf[n:], v.Blob)
	n += v.Small.gather(buf[n:])
	for _, small := range v.Smalls {
		n += small.gather(buf[n:])
	}
	n += copy(buf[n:], bytesOf(v.Ints))
	n += copy(buf[n:], bytesOf(v.Longs))
	for _, text := range v.Texts {
		n += copy(buf[n:], text)
	}
	for key, text := range v.TextByText {
		n += copy(buf[n:], key)
		n += copy(buf[n:], text)
	}
	for key, long := range v.LongByInt {
		n += int(key) & int(long) & 1
	}
	for _, text := range v.TextByLong {
		n += copy(buf[n:], text)
	}
	for key, small := range v.SmallByText {
		n += copy(buf[n:], key)
		n += small.gather(buf[n:])
	}
	return n
}

func (v *Large) copyTo(target *Large, m *memory) {
	*target = *v
	target.Medium, target.Small = new(Medium), new(Small)
	v.Medium.copyTo(target.Medium, m)
	v.Small.copyTo(target.Small, m)
	target.Mediums = pointersTo[Medium](len(v.Mediums))
	for i, medium := range v.Mediums {
		medium.copyTo(target.Mediums[i], m)
	}
	target.MediumBySmall = make(map[*Small]*Medium, len(v.MediumBySmall))
	keys, mediums, next := make([]Small, len(v.MediumBySmall)), make([]Medium, len(v.MediumBySmall)), 0
	for key, medium := range v.MediumBySmall {
		key.copyTo(&keys[next], m)
		medium.copyTo(&mediums[next], m)
		target.MediumBySmall[&keys[next]] = &mediums[next]
		next++
	}
}

func (v *Large) gather(buf []byte) int {
	n := v.Medium.gather(buf)
	n += v.Small.gather(buf[n:])
	for _, medium := range v.Mediums {
		n += medium.gather(buf[n:])
	}
	for key, medium := range v.MediumBySmall {
		n += key.gather(buf[n:])
		n += medium.gather(buf[n:])
	}
	return n
}

func (v *Wide) copyTo(target *Wide, _ *memory) { *target = *v }

// wideHeaders are as many bytes as the headers of all fields and STOP are.
var wideHeaders = make([]byte, 100*3+1)

// gather copies the headers, then the numbers as they lie in memory, which v keeps alive; four of their bytes are no number.
func (v *Wide) gather(buf []byte) int {
	n := copy(buf, wideHeaders)
	return n + copy(buf[n:], unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)))
}

func (v *Strings) copyTo(target *Strings, m *memory) {
	target.Texts = make([]string, len(v.Texts))
	for i, text := range v.Texts {
		target.Texts[i] = m.text(text)
	}
}

func (v *Strings) gather(buf []byte) (n int) {
	for _, text := range v.Texts {
		n += copy(buf[n:], text)
	}
	return n
}

func (v *Empties) copyTo(target *Empties, m *memory) {
	target.Text0 = m.text(v.Text0)
	target.Text1 = m.text(v.Text1)
	target.Text2 = m.text(v.Text2)
	target.Text3 = m.text(v.Text3)
	target.Text4 = m.text(v.Text4)
	target.Text5 = m.text(v.Text5)
	target.Text6 = m.text(v.Text6)
	target.Text7 = m.text(v.Text7)
	target.Text8 = m.text(v.Text8)
	target.Text9 = m.text(v.Text9)
	target.Text10 = m.text(v.Text10)
	target.Text11 = m.text(v.Text11)
	target.Text12 = m.text(v.Text12)
	target.Text13 = m.text(v.Text13)
	target.Text14 = m.text(v.Text14)
	target.Text15 = m.text(v.Text15)
	target.Text16 = m.text(v.Text16)
	target.Text17 = m.text(v.Text17)
	target.Text18 = m.text(v.Text18)
	target.Text19 = m.text(v.Text19)
	target.Ints, target.Longs = numbers(v.Ints), numbers(v.Longs)
	target.Texts = make([]string, len(v.Texts))
	for i, text := range v.Texts {
		target.Texts[i] = m.text(text)
	}
	target.Blob0, target.Blob1 = m.bytes(v.Blob0), m.bytes(v.Blob1)
	target.TextByText = make(map[string]string, len(v.TextByText))
	for key, text := range v.TextByText {
		target.TextByText[m.text(key)] = m.text(text)
	}
	target.LongByInt = make(map[int32]int64, len(v.LongByInt))
	for key, long := range v.LongByInt {
		target.LongByInt[key] = long
	}
}

func (v *Empties) gather(buf []byte) int {
	n := copy(buf, v.Text0)
	n += copy(buf[n:], v.Text1)
	n += copy(buf[n:], v.Text2)
	n += copy(buf[n:], v.Text3)
	n += copy(buf[n:], v.Text4)
	n += copy(buf[n:], v.Text5)
	n += copy(buf[n:], v.Text6)
	n += copy(buf[n:], v.Text7)
	n += copy(buf[n:], v.Text8)
	n += copy(buf[n:], v.Text9)
	n += copy(buf[n:], v.Text10)
	n += copy(buf[n:], v.Text11)
	n += copy(buf[n:], v.Text12)
	n += copy(buf[n:], v.Text13)
	n += copy(buf[n:], v.Text14)
	n += copy(buf[n:], v.Text15)
	n += copy(buf[n:], v.Text16)
	n += copy(buf[n:], v.Text17)
	n += copy(buf[n:], v.Text18)
	n += copy(buf[n:], v.Text19)
	n += copy(buf[n:], bytesOf(v.Ints))
	n += copy(buf[n:], bytesOf(v.Longs))
	for _, text := range v.Texts {
		n += copy(buf[n:], text)
	}
	n += copy(buf[n:], v.Blob0)
	n += copy(buf[n:], v.Blob1)
	for key, text := range v.TextByText {
		n += copy(buf[n:], key)
		n += copy(buf[n:], text)
	}
	for key, long := range v.LongByInt {
		n += int(key) & int(long) & 1
	}
	return n
}

func (v *Deep) copyTo(target *Deep, _ *memory) {
	depth := 1
	for at := v.Next; at != nil; at = at.Next {
		depth++
	}
	values := make([]Deep, depth-1)
	*target = *v
	for at, next := target, 0; at.Next != nil; at, next = at.Next, next+1 {
		values[next] = *at.Next
		at.Next = &values[next]
	}
}

// gather writes the headers of each level, then its numbers, and leaves those in the order of the machine.
func (v *Deep) gather(buf []byte) (n int) {
	for at := v; ; at = at.Next {
		level := buf[n : n+30]
		*(*[10]byte)(level) = [10]byte{8, 0, 1, 10, 0, 2, 4, 0, 3, 0}
		binary.LittleEndian.PutUint32(level[10:], uint32(at.Int))
		binary.LittleEndian.PutUint64(level[14:], uint64(at.Long))
		binary.LittleEndian.PutUint64(level[22:], math.Float64bits(at.Real))
		n += len(level)
		if at.Next == nil {
			return n
		}
		*(*[3]byte)(buf[n:]) = [3]byte{12, 0, 4}
		n += 3
	}
}

func (v *Structs) copyTo(target *Structs, m *memory) {
	target.Items = pointersTo[Item](len(v.Items))
	for i, item := range v.Items {
		*target.Items[i] = *item
		target.Items[i].Text = m.text(item.Text)
	}
}

func (v *Structs) gather(buf []byte) (n int) {
	for _, item := range v.Items {
		n += copy(buf[n:], item.Text)
	}
	return n
}

func (v *ListI32) copyTo(target *ListI32, _ *memory)       { target.Values = numbers(v.Values) }
func (v *ListI32) gather(buf []byte) int                   { return copy(buf, bytesOf(v.Values)) }
func (v *ListI64) copyTo(target *ListI64, _ *memory)       { target.Values = numbers(v.Values) }
func (v *ListI64) gather(buf []byte) int                   { return copy(buf, bytesOf(v.Values)) }
func (v *ListDouble) copyTo(target *ListDouble, _ *memory) { target.Values = numbers(v.Values) }
func (v *ListDouble) gather(buf []byte) int                { return copy(buf, bytesOf(v.Values)) }
