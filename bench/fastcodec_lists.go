package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (s *Strings) BLength() int {
	if s == nil {
		return 1
	}
	length := 9
	for _, element := range s.Texts {
		length += 4 + len(element)
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (s *Strings) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if s != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 1)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRING, len(s.Texts))
		for _, element := range s.Texts {
			offset += thrift.Binary.WriteString(buf[offset:], element)
		}
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (s *Strings) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.LIST {
				used, err := s.readTexts(buf[offset:])
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

func (s *Strings) readTexts(buf []byte) (int, error) {
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
	s.Texts = values
	return offset, nil
}

// BLength is the size of the message in bytes.
func (l *ListI32) BLength() int {
	if l == nil {
		return 1
	}
	return 9 + 4*len(l.Values)
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (l *ListI32) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if l != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 1)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I32, len(l.Values))
		values := buf[offset:]
		for i, element := range l.Values {
			thrift.Binary.WriteI32(values[4*i:4*i+4], element)
		}
		offset += 4 * len(l.Values)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (l *ListI32) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.LIST {
				used, err := l.readValues(buf[offset:])
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

func (l *ListI32) readValues(buf []byte) (int, error) {
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
	l.Values = values
	return offset + 4*size, nil
}

// BLength is the size of the message in bytes.
func (l *ListI64) BLength() int {
	if l == nil {
		return 1
	}
	return 9 + 8*len(l.Values)
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (l *ListI64) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if l != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 1)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.I64, len(l.Values))
		values := buf[offset:]
		for i, element := range l.Values {
			thrift.Binary.WriteI64(values[8*i:8*i+8], element)
		}
		offset += 8 * len(l.Values)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (l *ListI64) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.LIST {
				used, err := l.readValues(buf[offset:])
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

func (l *ListI64) readValues(buf []byte) (int, error) {
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
	l.Values = values
	return offset + 8*size, nil
}

// BLength is the size of the message in bytes.
func (l *ListDouble) BLength() int {
	if l == nil {
		return 1
	}
	return 9 + 8*len(l.Values)
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (l *ListDouble) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if l != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 1)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.DOUBLE, len(l.Values))
		values := buf[offset:]
		for i, element := range l.Values {
			thrift.Binary.WriteDouble(values[8*i:8*i+8], element)
		}
		offset += 8 * len(l.Values)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (l *ListDouble) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.LIST {
				used, err := l.readValues(buf[offset:])
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

func (l *ListDouble) readValues(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	if 8*size > len(buf)-offset {
		return offset, errListTooLong
	}
	values := make([]float64, size)
	body := buf[offset:]
	for i := range values {
		values[i], _, _ = thrift.Binary.ReadDouble(body[8*i : 8*i+8])
	}
	l.Values = values
	return offset + 8*size, nil
}
