package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (l *Large) BLength() int {
	if l == nil {
		return 1
	}
	length := 57 + l.Medium.BLength() + l.Small.BLength()
	for key, value := range l.MediumBySmall {
		length += key.BLength() + value.BLength()
	}
	for _, element := range l.Mediums {
		length += element.BLength()
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (l *Large) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if l != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.MAP, 1)
		offset += thrift.Binary.WriteMapBegin(buf[offset:], thrift.STRUCT, thrift.STRUCT, len(l.MediumBySmall))
		for key, value := range l.MediumBySmall {
			offset += key.FastWriteNocopy(buf[offset:], w)
			offset += value.FastWriteNocopy(buf[offset:], w)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 2)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRUCT, len(l.Mediums))
		for _, element := range l.Mediums {
			offset += element.FastWriteNocopy(buf[offset:], w)
		}
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRUCT, 3)
		offset += l.Medium.FastWriteNocopy(buf[offset:], w)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRUCT, 4)
		offset += l.Small.FastWriteNocopy(buf[offset:], w)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BYTE, 5)
		offset += thrift.Binary.WriteByte(buf[offset:], l.Byte)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 6)
		offset += thrift.Binary.WriteI32(buf[offset:], l.Int)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 7)
		offset += thrift.Binary.WriteI64(buf[offset:], l.Long)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 8)
		offset += thrift.Binary.WriteDouble(buf[offset:], l.Real)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (l *Large) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.MAP {
				used, err := l.readMediumBySmall(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 2:
			if fieldType == thrift.LIST {
				used, err := l.readMediums(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 3:
			if fieldType == thrift.STRUCT {
				value := new(Medium)
				used, err := value.FastRead(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				l.Medium = value
				continue
			}
		case 4:
			if fieldType == thrift.STRUCT {
				value := new(Small)
				used, err := value.FastRead(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				l.Small = value
				continue
			}
		case 5:
			if fieldType == thrift.BYTE {
				l.Byte, _, err = thrift.Binary.ReadByte(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 6:
			if fieldType == thrift.I32 {
				l.Int, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 7:
			if fieldType == thrift.I64 {
				l.Long, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 8:
			if fieldType == thrift.DOUBLE {
				l.Real, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
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

func (l *Large) readMediumBySmall(buf []byte) (int, error) {
	_, _, size, offset, err := thrift.Binary.ReadMapBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make(map[*Small]*Medium, size)
	keySlab := make([]Small, size)
	valueSlab := make([]Medium, size)
	for i := range size {
		key := &keySlab[i]
		used, err := key.FastRead(buf[offset:])
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
	l.MediumBySmall = values
	return offset, nil
}

func (l *Large) readMediums(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make([]*Medium, size)
	slab := make([]Medium, size)
	for i := range values {
		value := &slab[i]
		used, err := value.FastRead(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[i] = value
	}
	l.Mediums = values
	return offset, nil
}
