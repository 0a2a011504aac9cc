package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// FastRead reads the message at the start of buf and returns its size.
func (x *Wide) FastRead(buf []byte) (int, error) {
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
		used, err := thrift.Binary.Skip(buf[offset:], fieldType)
		offset += used
		if err != nil {
			return offset, err
		}
	}
}
