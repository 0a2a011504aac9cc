package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// BLength is the size of the message in bytes.
func (x *Wide) BLength() int {
	if x == nil {
		return 1
	}
	return 20*(3+1) + 20*(3+2) + 20*(3+4) + 20*(3+8) + 20*(3+8) + 1
}

// FastWriteNocopy writes the message into buf, which holds at least BLength bytes.
func (x *Wide) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	offset := 0
	if x != nil {
		_ = buf[740] // one check for the whole run of scalars
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 1)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 2)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 3)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 4)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 5)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 6)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 7)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 8)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 9)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 10)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 11)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 12)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 13)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 14)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 15)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 16)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 17)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 18)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 19)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.BOOL, 20)
		offset += thrift.Binary.WriteBool(buf[offset:], x.Flag19)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 21)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 22)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 23)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 24)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 25)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 26)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 27)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 28)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 29)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 30)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 31)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 32)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 33)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 34)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 35)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 36)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 37)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 38)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 39)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I16, 40)
		offset += thrift.Binary.WriteI16(buf[offset:], x.Short19)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 41)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 42)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 43)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 44)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 45)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 46)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 47)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 48)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 49)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 50)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 51)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 52)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 53)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 54)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 55)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 56)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 57)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 58)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 59)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I32, 60)
		offset += thrift.Binary.WriteI32(buf[offset:], x.Int19)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 61)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 62)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 63)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 64)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 65)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 66)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 67)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 68)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 69)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 70)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 71)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 72)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 73)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 74)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 75)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 76)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 77)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 78)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 79)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.I64, 80)
		offset += thrift.Binary.WriteI64(buf[offset:], x.Long19)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 81)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real0)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 82)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real1)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 83)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real2)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 84)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real3)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 85)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real4)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 86)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real5)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 87)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real6)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 88)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real7)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 89)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real8)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 90)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real9)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 91)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real10)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 92)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real11)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 93)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real12)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 94)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real13)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 95)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real14)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 96)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real15)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 97)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real16)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 98)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real17)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 99)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real18)
		offset += thrift.Binary.WriteFieldBegin(buf[offset:], thrift.DOUBLE, 100)
		offset += thrift.Binary.WriteDouble(buf[offset:], x.Real19)
	}
	offset += thrift.Binary.WriteFieldStop(buf[offset:])
	return offset
}

// FastRead reads the message at the start of buf and returns its size.
func (x *Wide) FastRead(buf []byte) (int, error) {
	offset := 0
	for {
		fieldType, fieldID, used, err := thrift.Binary.ReadFieldBegin(buf[offset:])
		if err != nil {
			return offset, err
		}
		if fieldType == thrift.STOP {
			return offset + 1, nil
		}
		offset += 3
		switch fieldID {
		case 1:
			if fieldType == thrift.BOOL {
				x.Flag0, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 2:
			if fieldType == thrift.BOOL {
				x.Flag1, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 3:
			if fieldType == thrift.BOOL {
				x.Flag2, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 4:
			if fieldType == thrift.BOOL {
				x.Flag3, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 5:
			if fieldType == thrift.BOOL {
				x.Flag4, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 6:
			if fieldType == thrift.BOOL {
				x.Flag5, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 7:
			if fieldType == thrift.BOOL {
				x.Flag6, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 8:
			if fieldType == thrift.BOOL {
				x.Flag7, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 9:
			if fieldType == thrift.BOOL {
				x.Flag8, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 10:
			if fieldType == thrift.BOOL {
				x.Flag9, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 11:
			if fieldType == thrift.BOOL {
				x.Flag10, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 12:
			if fieldType == thrift.BOOL {
				x.Flag11, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 13:
			if fieldType == thrift.BOOL {
				x.Flag12, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 14:
			if fieldType == thrift.BOOL {
				x.Flag13, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 15:
			if fieldType == thrift.BOOL {
				x.Flag14, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 16:
			if fieldType == thrift.BOOL {
				x.Flag15, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 17:
			if fieldType == thrift.BOOL {
				x.Flag16, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 18:
			if fieldType == thrift.BOOL {
				x.Flag17, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 19:
			if fieldType == thrift.BOOL {
				x.Flag18, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 20:
			if fieldType == thrift.BOOL {
				x.Flag19, _, err = thrift.Binary.ReadBool(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 1
				continue
			}
		case 21:
			if fieldType == thrift.I16 {
				x.Short0, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 22:
			if fieldType == thrift.I16 {
				x.Short1, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 23:
			if fieldType == thrift.I16 {
				x.Short2, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 24:
			if fieldType == thrift.I16 {
				x.Short3, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 25:
			if fieldType == thrift.I16 {
				x.Short4, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 26:
			if fieldType == thrift.I16 {
				x.Short5, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 27:
			if fieldType == thrift.I16 {
				x.Short6, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 28:
			if fieldType == thrift.I16 {
				x.Short7, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 29:
			if fieldType == thrift.I16 {
				x.Short8, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 30:
			if fieldType == thrift.I16 {
				x.Short9, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 31:
			if fieldType == thrift.I16 {
				x.Short10, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 32:
			if fieldType == thrift.I16 {
				x.Short11, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 33:
			if fieldType == thrift.I16 {
				x.Short12, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 34:
			if fieldType == thrift.I16 {
				x.Short13, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 35:
			if fieldType == thrift.I16 {
				x.Short14, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 36:
			if fieldType == thrift.I16 {
				x.Short15, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 37:
			if fieldType == thrift.I16 {
				x.Short16, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 38:
			if fieldType == thrift.I16 {
				x.Short17, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 39:
			if fieldType == thrift.I16 {
				x.Short18, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 40:
			if fieldType == thrift.I16 {
				x.Short19, _, err = thrift.Binary.ReadI16(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 2
				continue
			}
		case 41:
			if fieldType == thrift.I32 {
				x.Int0, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 42:
			if fieldType == thrift.I32 {
				x.Int1, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 43:
			if fieldType == thrift.I32 {
				x.Int2, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 44:
			if fieldType == thrift.I32 {
				x.Int3, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 45:
			if fieldType == thrift.I32 {
				x.Int4, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 46:
			if fieldType == thrift.I32 {
				x.Int5, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 47:
			if fieldType == thrift.I32 {
				x.Int6, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 48:
			if fieldType == thrift.I32 {
				x.Int7, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 49:
			if fieldType == thrift.I32 {
				x.Int8, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 50:
			if fieldType == thrift.I32 {
				x.Int9, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 51:
			if fieldType == thrift.I32 {
				x.Int10, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 52:
			if fieldType == thrift.I32 {
				x.Int11, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 53:
			if fieldType == thrift.I32 {
				x.Int12, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 54:
			if fieldType == thrift.I32 {
				x.Int13, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 55:
			if fieldType == thrift.I32 {
				x.Int14, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 56:
			if fieldType == thrift.I32 {
				x.Int15, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 57:
			if fieldType == thrift.I32 {
				x.Int16, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 58:
			if fieldType == thrift.I32 {
				x.Int17, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 59:
			if fieldType == thrift.I32 {
				x.Int18, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 60:
			if fieldType == thrift.I32 {
				x.Int19, _, err = thrift.Binary.ReadI32(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 4
				continue
			}
		case 61:
			if fieldType == thrift.I64 {
				x.Long0, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 62:
			if fieldType == thrift.I64 {
				x.Long1, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 63:
			if fieldType == thrift.I64 {
				x.Long2, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 64:
			if fieldType == thrift.I64 {
				x.Long3, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 65:
			if fieldType == thrift.I64 {
				x.Long4, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 66:
			if fieldType == thrift.I64 {
				x.Long5, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 67:
			if fieldType == thrift.I64 {
				x.Long6, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 68:
			if fieldType == thrift.I64 {
				x.Long7, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 69:
			if fieldType == thrift.I64 {
				x.Long8, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 70:
			if fieldType == thrift.I64 {
				x.Long9, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 71:
			if fieldType == thrift.I64 {
				x.Long10, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 72:
			if fieldType == thrift.I64 {
				x.Long11, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 73:
			if fieldType == thrift.I64 {
				x.Long12, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 74:
			if fieldType == thrift.I64 {
				x.Long13, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 75:
			if fieldType == thrift.I64 {
				x.Long14, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 76:
			if fieldType == thrift.I64 {
				x.Long15, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 77:
			if fieldType == thrift.I64 {
				x.Long16, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 78:
			if fieldType == thrift.I64 {
				x.Long17, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 79:
			if fieldType == thrift.I64 {
				x.Long18, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 80:
			if fieldType == thrift.I64 {
				x.Long19, _, err = thrift.Binary.ReadI64(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 81:
			if fieldType == thrift.DOUBLE {
				x.Real0, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 82:
			if fieldType == thrift.DOUBLE {
				x.Real1, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 83:
			if fieldType == thrift.DOUBLE {
				x.Real2, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 84:
			if fieldType == thrift.DOUBLE {
				x.Real3, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 85:
			if fieldType == thrift.DOUBLE {
				x.Real4, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 86:
			if fieldType == thrift.DOUBLE {
				x.Real5, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 87:
			if fieldType == thrift.DOUBLE {
				x.Real6, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 88:
			if fieldType == thrift.DOUBLE {
				x.Real7, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 89:
			if fieldType == thrift.DOUBLE {
				x.Real8, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 90:
			if fieldType == thrift.DOUBLE {
				x.Real9, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 91:
			if fieldType == thrift.DOUBLE {
				x.Real10, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 92:
			if fieldType == thrift.DOUBLE {
				x.Real11, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 93:
			if fieldType == thrift.DOUBLE {
				x.Real12, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 94:
			if fieldType == thrift.DOUBLE {
				x.Real13, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 95:
			if fieldType == thrift.DOUBLE {
				x.Real14, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 96:
			if fieldType == thrift.DOUBLE {
				x.Real15, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 97:
			if fieldType == thrift.DOUBLE {
				x.Real16, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 98:
			if fieldType == thrift.DOUBLE {
				x.Real17, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 99:
			if fieldType == thrift.DOUBLE {
				x.Real18, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		case 100:
			if fieldType == thrift.DOUBLE {
				x.Real19, _, err = thrift.Binary.ReadDouble(buf[offset:])
				if err != nil {
					return offset, err
				}
				offset += 8
				continue
			}
		}
		used, err = thrift.Binary.Skip(buf[offset:], fieldType)
		offset += used
		if err != nil {
			return offset, err
		}
	}
}
