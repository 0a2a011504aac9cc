package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (m *Medium) BLength() int {
	if m == nil {
		return 1
	}
	length := 119 + len(m.Text) + 4*len(m.Ints) + m.Small.BLength() + 12*len(m.LongByInt) + len(m.Blob) + 8*len(m.Longs)
	for _, element := range m.Smalls {
		length += element.BLength()
	}
	for key, value := range m.TextByText {
		length += 4 + len(key) + 4 + len(value)
	}
	for _, element := range m.Texts {
		length += 4 + len(element)
	}
	for _, value := range m.TextByLong {
		length += 8 + 4 + len(value)
	}
	for key, value := range m.SmallByText {
		length += 4 + len(key) + value.BLength()
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (m *Medium) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if m != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 1)
		offset += thrift.Binary.WriteString(buf[offset:], m.Text)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 2)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRUCT, len(m.Smalls))
		for _, element := range m.Smalls {
			offset += element.FastWriteNocopy(buf[offset:], w)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 3)
		offset += thrift.Binary.WriteDouble(buf[offset:], m.Real)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 4)
		offset += thrift.Binary.WriteI32(buf[offset:], m.Int)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 5)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I32, len(m.Ints))
		ints := buf[offset:]
		for i, element := range m.Ints {
			thrift.Binary.WriteI32(ints[4*i:4*i+4], element)
		}
		offset += 4 * len(m.Ints)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 6)
		offset += thrift.Binary.WriteI64(buf[offset:], m.Long)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 7)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.STRING, thrift.STRING, len(m.TextByText))
		for key, value := range m.TextByText {
			offset += thrift.Binary.WriteString(buf[offset:], key)
			offset += thrift.Binary.WriteString(buf[offset:], value)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRUCT, 8)
		offset += m.Small.FastWriteNocopy(buf[offset:], w)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 9)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.I32, thrift.I64, len(m.LongByInt))
		for key, value := range m.LongByInt {
			offset += thrift.Binary.WriteI32(buf[offset:], key)
			offset += thrift.Binary.WriteI64(buf[offset:], value)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 10)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRING, len(m.Texts))
		for _, element := range m.Texts {
			offset += thrift.Binary.WriteString(buf[offset:], element)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 11)
		offset += thrift.Binary.WriteBinary(buf[offset:], m.Blob)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 12)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.I64, thrift.STRING, len(m.TextByLong))
		for key, value := range m.TextByLong {
			offset += thrift.Binary.WriteI64(buf[offset:], key)
			offset += thrift.Binary.WriteString(buf[offset:], value)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 13)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I64, len(m.Longs))
		longs := buf[offset:]
		for i, element := range m.Longs {
			thrift.Binary.WriteI64(longs[8*i:8*i+8], element)
		}
		offset += 8 * len(m.Longs)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BYTE, 14)
		offset += thrift.Binary.WriteByte(buf[offset:], m.Byte)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 15)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.STRING, thrift.STRUCT, len(m.SmallByText))
		for key, value := range m.SmallByText {
			offset += thrift.Binary.WriteString(buf[offset:], key)
			offset += value.FastWriteNocopy(buf[offset:], w)
		}
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (m *Medium) FastRead(buf []byte) (int, error) {
	offset := 0
	for {
		fieldType, fieldID, _, err := thrift.Binary.ReadFieldBegin(buf[offset:])
		if err != nil {
			return offset, err
		}
		if fieldType == thrift.STOP {
			return offset + 1, nil
		}
		offset += 3
		switch fieldID {
		case 1:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				m.Text = value
				offset += used
				continue
			}
		case 2:
			if fieldType == thrift.LIST {
				used, err := m.readSmalls(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 3:
			if fieldType == thrift.DOUBLE {
				m.Real, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 4:
			if fieldType == thrift.I32 {
				m.Int, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 5:
			if fieldType == thrift.LIST {
				used, err := m.readInts(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 6:
			if fieldType == thrift.I64 {
				m.Long, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 7:
			if fieldType == thrift.MAP {
				used, err := m.readTextByText(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 8:
			if fieldType == thrift.STRUCT {
				value := new(Small)
				used, err := value.FastRead(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				m.Small = value
				continue
			}
		case 9:
			if fieldType == thrift.MAP {
				used, err := m.readLongByInt(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 10:
			if fieldType == thrift.LIST {
				used, err := m.readTexts(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 11:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadBinary(buf[offset:])
				if err != nil {
					return offset, err
				}
				m.Blob = value
				offset += used
				continue
			}
		case 12:
			if fieldType == thrift.MAP {
				used, err := m.readTextByLong(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 13:
			if fieldType == thrift.LIST {
				used, err := m.readLongs(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 14:
			if fieldType == thrift.BYTE {
				m.Byte, _, err = thrift.Binary.ReadByte(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 15:
			if fieldType == thrift.MAP {
				used, err := m.readSmallByText(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		}
		used, err := thrift.Binary.Skip(buf[offset:], fieldType)
		offset += used
		if err != nil {
			return offset, err
		}
	}
}

func (m *Medium) readSmalls(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make([]*Small, size)
	slab := make([]Small, size)
	for i := range values {
		value := &slab[i]
		used, err := value.FastRead(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[i] = value
	}
	m.Smalls = values
	return offset, nil
}

func (m *Medium) readInts(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	if 4*size > len(buf)-offset {
		return offset, errListTooLong
	}
	values := make([]int32, size)
	body := buf[offset:]
	for i := range values {
		values[i], _, _ = thrift.Binary.ReadI32(body[4*i : 4*i+4])
	}
	m.Ints = values
	return offset + 4*size, nil
}

func (m *Medium) readTextByText(buf []byte) (int, error) {
	_, _, size, offset, err := thrift.Binary.ReadMapBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make(map[string]string, size)
	for range size {
		key, used, err := thrift.Binary.ReadString(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		value, used, err := thrift.Binary.ReadString(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[key] = value
	}
	m.TextByText = values
	return offset, nil
}

func (m *Medium) readLongByInt(buf []byte) (int, error) {
	_, _, size, offset, err := thrift.Binary.ReadMapBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make(map[int32]int64, size)
	for range size {
		key, used, err := thrift.Binary.ReadI32(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		value, used, err := thrift.Binary.ReadI64(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[key] = value
	}
	m.LongByInt = values
	return offset, nil
}

func (m *Medium) readTexts(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make([]string, size)
	for i := range values {
		value, used, err := thrift.Binary.ReadString(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[i] = value
	}
	m.Texts = values
	return offset, nil
}

func (m *Medium) readTextByLong(buf []byte) (int, error) {
	_, _, size, offset, err := thrift.Binary.ReadMapBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make(map[int64]string, size)
	for range size {
		key, used, err := thrift.Binary.ReadI64(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		value, used, err := thrift.Binary.ReadString(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[key] = value
	}
	m.TextByLong = values
	return offset, nil
}

func (m *Medium) readLongs(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	if 8*size > len(buf)-offset {
		return offset, errListTooLong
	}
	values := make([]int64, size)
	body := buf[offset:]
	for i := range values {
		values[i], _, _ = thrift.Binary.ReadI64(body[8*i : 8*i+8])
	}
	m.Longs = values
	return offset + 8*size, nil
}

func (m *Medium) readSmallByText(buf []byte) (int, error) {
	_, _, size, offset, err := thrift.Binary.ReadMapBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make(map[string]*Small, size)
	valueSlab := make([]Small, size)
	for i := range size {
		key, used, err := thrift.Binary.ReadString(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		value := &valueSlab[i]
		used, err = value.FastRead(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[key] = value
	}
	m.SmallByText = values
	return offset, nil
}
