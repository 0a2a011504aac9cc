package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (s *Small) BLength() int {
	if s == nil {
		return 1
	}
	return 55 + len(s.Text) + len(s.Blob)
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (s *Small) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if s != nil {
		_ = buf[32] // one check for the whole run of scalars
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BYTE, 1)
		offset += thrift.Binary.WriteByte(buf[offset:], s.Byte)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 2)
		offset += thrift.Binary.WriteI64(buf[offset:], s.Long)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 3)
		offset += thrift.Binary.WriteDouble(buf[offset:], s.Real)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 4)
		offset += thrift.Binary.WriteI32(buf[offset:], s.Int)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 5)
		offset += thrift.Binary.WriteString(buf[offset:], s.Text)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.STRING, 6)
		offset += thrift.Binary.WriteBinary(buf[offset:], s.Blob)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 7)
		offset += thrift.Binary.WriteI32(buf[offset:], int32(s.Kind))
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (s *Small) FastRead(buf []byte) (int, error) {
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
			if fieldType == thrift.BYTE {
				s.Byte, _, err = thrift.Binary.ReadByte(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 2:
			if fieldType == thrift.I64 {
				s.Long, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 3:
			if fieldType == thrift.DOUBLE {
				s.Real, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 4:
			if fieldType == thrift.I32 {
				s.Int, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 5:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				s.Text = value
				offset += used
				continue
			}
		case 6:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadBinary(buf[offset:])
				if err != nil {
					return offset, err
				}
				s.Blob = value
				offset += used
				continue
			}
		case 7:
			if fieldType == thrift.I32 {
				kind, _, err := thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				s.Kind = Kind(kind)
				offset += 4
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
