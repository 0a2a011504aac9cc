package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (e *Empties) BLength() int {
	if e == nil {
		return 1
	}
	length := 20*(3+4) + 3*(3+5) + 2*(3+4) + 2*(3+6) + 1
	length += len(e.Text0)
	length += len(e.Text1)
	length += len(e.Text2)
	length += len(e.Text3)
	length += len(e.Text4)
	length += len(e.Text5)
	length += len(e.Text6)
	length += len(e.Text7)
	length += len(e.Text8)
	length += len(e.Text9)
	length += len(e.Text10)
	length += len(e.Text11)
	length += len(e.Text12)
	length += len(e.Text13)
	length += len(e.Text14)
	length += len(e.Text15)
	length += len(e.Text16)
	length += len(e.Text17)
	length += len(e.Text18)
	length += len(e.Text19)
	length += 4*len(e.Ints) + 8*len(e.Longs) + len(e.Blob0) + len(e.Blob1) + 12*len(e.LongByInt)
	for _, element := range e.Texts {
		length += 4 + len(element)
	}
	for key, value := range e.TextByText {
		length += 4 + len(key) + 4 + len(value)
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (e *Empties) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if e != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 1)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 2)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 3)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 4)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 5)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 6)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 7)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 8)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 9)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 10)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 11)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 12)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 13)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 14)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 15)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 16)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 17)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 18)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 19)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 20)
		offset += thrift.Binary.WriteString(buf[offset:], e.Text19)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 21)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I32, len(e.Ints))
		ints := buf[offset:]
		for i, element := range e.Ints {
			thrift.Binary.WriteI32(ints[4*i:4*i+4], element)
		}
		offset += 4 * len(e.Ints)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 22)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I64, len(e.Longs))
		longs := buf[offset:]
		for i, element := range e.Longs {
			thrift.Binary.WriteI64(longs[8*i:8*i+8], element)
		}
		offset += 8 * len(e.Longs)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 23)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRING, len(e.Texts))
		for _, element := range e.Texts {
			offset += thrift.Binary.WriteString(buf[offset:], element)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 24)
		offset += thrift.Binary.WriteBinary(buf[offset:], e.Blob0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 25)
		offset += thrift.Binary.WriteBinary(buf[offset:], e.Blob1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 26)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.STRING, thrift.STRING, len(e.TextByText))
		for key, value := range e.TextByText {
			offset += thrift.Binary.WriteString(buf[offset:], key)
			offset += thrift.Binary.WriteString(buf[offset:], value)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 27)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.I32, thrift.I64, len(e.LongByInt))
		for key, value := range e.LongByInt {
			offset += thrift.Binary.WriteI32(buf[offset:], key)
			offset += thrift.Binary.WriteI64(buf[offset:], value)
		}
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}
