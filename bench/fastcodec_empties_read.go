package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// FastRead reads the message at the start of buf and returns its size.
func (e *Empties) FastRead(buf []byte) (int, error) {
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
				e.Text0 = value
				offset += used
				continue
			}
		case 2:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text1 = value
				offset += used
				continue
			}
		case 3:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text2 = value
				offset += used
				continue
			}
		case 4:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text3 = value
				offset += used
				continue
			}
		case 5:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text4 = value
				offset += used
				continue
			}
		case 6:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text5 = value
				offset += used
				continue
			}
		case 7:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text6 = value
				offset += used
				continue
			}
		case 8:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text7 = value
				offset += used
				continue
			}
		case 9:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text8 = value
				offset += used
				continue
			}
		case 10:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text9 = value
				offset += used
				continue
			}
		case 11:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text10 = value
				offset += used
				continue
			}
		case 12:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text11 = value
				offset += used
				continue
			}
		case 13:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text12 = value
				offset += used
				continue
			}
		case 14:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text13 = value
				offset += used
				continue
			}
		case 15:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text14 = value
				offset += used
				continue
			}
		case 16:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text15 = value
				offset += used
				continue
			}
		case 17:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text16 = value
				offset += used
				continue
			}
		case 18:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text17 = value
				offset += used
				continue
			}
		case 19:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text18 = value
				offset += used
				continue
			}
		case 20:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadString(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Text19 = value
				offset += used
				continue
			}
		case 21:
			if fieldType == thrift.LIST {
				used, err := e.readInts(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 22:
			if fieldType == thrift.LIST {
				used, err := e.readLongs(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 23:
			if fieldType == thrift.LIST {
				used, err := e.readTexts(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 24:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadBinary(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Blob0 = value
				offset += used
				continue
			}
		case 25:
			if fieldType == thrift.STRING {
				value, used, err := thrift.Binary.ReadBinary(buf[offset:])
				if err != nil {
					return offset, err
				}
				e.Blob1 = value
				offset += used
				continue
			}
		case 26:
			if fieldType == thrift.MAP {
				used, err := e.readTextByText(buf[offset:])
				offset += used
				if err != nil {
					return offset, err
				}
				continue
			}
		case 27:
			if fieldType == thrift.MAP {
				used, err := e.readLongByInt(buf[offset:])
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

func (e *Empties) readInts(buf []byte) (int, error) {
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
	e.Ints = values
	return offset + 4*size, nil
}

func (e *Empties) readLongs(buf []byte) (int, error) {
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
	e.Longs = values
	return offset + 8*size, nil
}

func (e *Empties) readTexts(buf []byte) (int, error) {
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
	e.Texts = values
	return offset, nil
}

func (e *Empties) readTextByText(buf []byte) (int, error) {
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
	e.TextByText = values
	return offset, nil
}

func (e *Empties) readLongByInt(buf []byte) (int, error) {
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
	e.LongByInt = values
	return offset, nil
}
