package main

import "slices"

// vtprotobufMessage has the methods that vtprotobuf generates.
type vtprotobufMessage interface {
	SizeVT() int
	MarshalToSizedBufferVT(buf []byte) (int, error)
	MarshalVT() ([]byte, error)
	UnmarshalVT(data []byte) error
	UnmarshalVTUnsafe(data []byte) error
}

// gogoMessage is a pointer to G with the methods that gogo generates.
type gogoMessage[G any] interface {
	*G
	Size() int
	MarshalToSizedBuffer(buf []byte) (int, error)
	Marshal() ([]byte, error)
	Unmarshal(data []byte) error
}

// gogoMethods gives gogo's methods the names of vtprotobuf's, which descend from them.
type gogoMethods[G any, P gogoMessage[G]] struct{ message *G }

func (g gogoMethods[G, P]) SizeVT() int { return P(g.message).Size() }
func (g gogoMethods[G, P]) MarshalToSizedBufferVT(buf []byte) (int, error) {
	return P(g.message).MarshalToSizedBuffer(buf)
}
func (g gogoMethods[G, P]) MarshalVT() ([]byte, error)    { return P(g.message).Marshal() }
func (g gogoMethods[G, P]) UnmarshalVT(data []byte) error { return P(g.message).Unmarshal(data) }

// UnmarshalVTUnsafe is never called: gogo has no such method.
func (g gogoMethods[G, P]) UnmarshalVTUnsafe(data []byte) error { return g.UnmarshalVT(data) }

// vtprotobufEngine times the methods that vtprotobuf has generated for the type.
func vtprotobufEngine[T any, P protobufMessage[T]](value P, message []byte, reuse bool) engine {
	methods := func(target *T) vtprotobufMessage { return P(target) }
	result := methodsEngine(peerVTProtobuf, value, message, reuse, methods)
	result.remarshal[decodeZeroCopy] = func(message []byte) ([]byte, error) {
		target := P(new(T))
		if err := target.UnmarshalVTUnsafe(message); err != nil {
			return nil, err
		}
		return target.MarshalVT()
	}
	result.operations[decodeZeroCopy] = decodeLoop(reuse, func(target *T) error {
		if reuse {
			*target = *new(T)
		}
		return P(target).UnmarshalVTUnsafe(message)
	})
	return result
}

// gogoEngine times the methods that gogo has generated for a type of its own: G.
func gogoEngine[G any, P gogoMessage[G]](message []byte, reuse bool) engine {
	value := P(new(G))
	if err := value.Unmarshal(message); err != nil {
		return engine{name: peerGogo, absent: reason(err)}
	}
	return methodsEngine(peerGogo, value, message, reuse, func(target *G) vtprotobufMessage { return gogoMethods[G, P]{target} })
}

// sizeAndWriteVT encodes into a buffer as MarshalToVT does: it asks for the size, and fills that part of the buffer from its end.
func sizeAndWriteVT(m vtprotobufMessage, buf []byte) ([]byte, error) {
	buf = buf[:m.SizeVT()]
	_, err := m.MarshalToSizedBufferVT(buf)
	return buf, err
}

// sizeAndAppendVT encodes behind what a slice has, into memory that is made only if there is not enough.
func sizeAndAppendVT(m vtprotobufMessage, dst []byte) ([]byte, error) {
	head, size := len(dst), m.SizeVT()
	dst = slices.Grow(dst, size)[:head+size]
	_, err := m.MarshalToSizedBufferVT(dst[head:])
	return dst, err
}

// methodsEngine times generated methods. Those that decode merge, so a populated target is zeroed first.
func methodsEngine[T any](name string, value *T, message []byte, reuse bool, methods func(*T) vtprotobufMessage) engine {
	m, buf, free := methods(value), make([]byte, len(message)), room(message)
	sizeAndWrite := func(n int) error {
		for range n {
			if _, err := sizeAndWriteVT(m, buf); err != nil {
				return err
			}
		}
		return nil
	}
	return engine{
		name: name,
		encoders: map[direction]func() ([]byte, error){
			encode:     func() ([]byte, error) { return sizeAndWriteVT(m, buf) },
			sizeEncode: func() ([]byte, error) { return sizeAndWriteVT(m, buf) },
			appending:  func() ([]byte, error) { return sizeAndAppendVT(m, free) },
			marshaling: m.MarshalVT,
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: func(message []byte) ([]byte, error) {
			target := methods(new(T))
			if err := target.UnmarshalVT(message); err != nil {
				return nil, err
			}
			return target.MarshalVT()
		}},
		operations: map[direction]operation{
			encode:     sizeAndWrite,
			sizeEncode: sizeAndWrite,
			appending: func(n int) error {
				for range n {
					if _, err := sizeAndAppendVT(m, free); err != nil {
						return err
					}
				}
				return nil
			},
			marshaling: func(n int) (err error) {
				for range n {
					if newMessage, err = m.MarshalVT(); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *T) error {
				if reuse {
					*target = *new(T)
				}
				return methods(target).UnmarshalVT(message)
			}),
		},
	}
}
