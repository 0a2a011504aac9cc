package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (d *Deep) BLength() int {
	if d == nil {
		return 1
	}
	length := 30
	if d.Next != nil {
		length += 3 + d.Next.BLength()
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (d *Deep) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if d != nil {
		_ = buf[28] // one check for the whole run of scalars
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 1)
		offset += thrift.Binary.WriteI32(buf[offset:], d.Int)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 2)
		offset += thrift.Binary.WriteI64(buf[offset:], d.Long)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 3)
		offset += thrift.Binary.WriteDouble(buf[offset:], d.Real)
		if d.Next != nil {
			offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRUCT, 4)
			offset += d.Next.FastWriteNocopy(buf[offset:], w)
		}
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (d *Deep) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.I32 {
				d.Int, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 2:
			if fieldType == thrift.I64 {
				d.Long, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 3:
			if fieldType == thrift.DOUBLE {
				d.Real, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 4:
			if fieldType == thrift.STRUCT {
				value := new(Deep)
				used, err := value.FastRead(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				d.Next = value
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

// BLength is the size of the message in bytes.
func (i *Item) BLength() int {
	if i == nil {
		return 1
	}
	return 37 + len(i.Text)
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (i *Item) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if i != nil {
		_ = buf[28] // one check for the whole run of scalars
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 1)
		offset += thrift.Binary.WriteI64(buf[offset:], i.Long)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 2)
		offset += thrift.Binary.WriteI32(buf[offset:], i.Int)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 3)
		offset += thrift.Binary.WriteDouble(buf[offset:], i.Real)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 4)
		offset += thrift.Binary.WriteString(buf[offset:], i.Text)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (i *Item) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.I64 {
				i.Long, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 2:
			if fieldType == thrift.I32 {
				i.Int, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 3:
			if fieldType == thrift.DOUBLE {
				i.Real, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 4:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				i.Text = value
				offset += used
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

// BLength is the size of the message in bytes.
func (s *Structs) BLength() int {
	if s == nil {
		return 1
	}
	length := 9
	for _, element := range s.Items {
		length += element.BLength()
	}
	return length
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (s *Structs) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if s != nil {
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.LIST, 1)
		offset += thrift.Binary.WriteListBegin(buf[offset:], thrift.STRUCT, len(s.Items))
		for _, element := range s.Items {
			offset += element.FastWriteNocopy(buf[offset:], w)
		}
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (s *Structs) FastRead(buf []byte) (int, error) {
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
				used, err := s.readItems(buf[offset:])
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

func (s *Structs) readItems(buf []byte) (int, error) {
	_, size, offset, err := thrift.Binary.ReadListBegin(buf)
	if err != nil {
		return offset, err
	}
	values := make([]*Item, size)
	slab := make([]Item, size)
	for i := range values {
		value := &slab[i]
		used, err := value.FastRead(buf[offset:])
		offset += used
		if err != nil {
			return offset, err
		}
		values[i] = value
	}
	s.Items = values
	return offset, nil
}
