package kitex_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"

	thrift "github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

// The plain peer has no part of Kitex: framed messages over a connection of package net, with structs in generated code.

func writeFrame(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	return err
}

func readFrame(r io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint32(header[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

// exchange sends a message and returns the one that answers it.
func exchange(t *testing.T, address string, message []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := writeFrame(conn, message); err != nil {
		t.Fatal(err)
	}
	answer, err := readFrame(conn)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestPlainClient(t *testing.T) {
	for _, adapter := range adapters {
		t.Run(adapter.name, func(t *testing.T) {
			address := serve(t, adapter, reply)
			for _, texts := range []int{0, 4095, 4096, 100_000} {
				message, err := thrift.MarshalFastMsg("Echo", thrift.CALL, 7, &echo.EchoEchoArgs{Request: request(texts)})
				if err != nil {
					t.Fatal(err)
				}
				counted(t, 3, func() {
					var result echo.EchoEchoResult
					method, seq, err := thrift.UnmarshalFastMsg(exchange(t, address, message), &result)
					if err != nil || method != "Echo" || seq != 7 {
						t.Fatal(method, seq, err)
					}
					want, _ := reply(context.Background(), request(texts))
					if !reflect.DeepEqual(result.Success, want) {
						t.Errorf("texts of %d bytes: another reply", texts)
					}
				})
			}
		})
	}
}

// Changed bytes of a call are an exception for the client, or another call, and the server stays.
func TestPlainClientSendsNonsense(t *testing.T) {
	for _, adapter := range adapters {
		t.Run(adapter.name, func(t *testing.T) {
			address := serve(t, adapter, reply)
			good, err := thrift.MarshalFastMsg("Echo", thrift.CALL, 7, &echo.EchoEchoArgs{Request: request(3)})
			if err != nil {
				t.Fatal(err)
			}
			envelope := thrift.Binary.MessageBeginLength("Echo")
			for i := envelope; i < len(good); i++ {
				message := append([]byte(nil), good...)
				message[i] ^= 0x80
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				if err := writeFrame(conn, message); err != nil {
					t.Fatal(err)
				}
				if _, err := readFrame(conn); err != nil && !errors.Is(err, io.EOF) && !isReset(err) {
					t.Errorf("byte %d: %v", i, err)
				}
				conn.Close()
			}
			exchange(t, address, good)
		})
	}
}

func isReset(err error) bool {
	var failure *net.OpError
	return errors.As(err, &failure)
}

// plainServer answers calls of Echo over one connection after the other, until the test ends.
func plainServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerPlainly(t, conn)
		}
	}()
	return listener.Addr().String()
}

func answerPlainly(t *testing.T, conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		message, err := readFrame(in)
		if err != nil {
			return
		}
		var args echo.EchoEchoArgs
		method, seq, err := thrift.UnmarshalFastMsg(message, &args)
		if err != nil {
			t.Error(err)
			return
		}
		var result echo.EchoEchoResult
		if result.Success, err = reply(context.Background(), args.Request); err != nil {
			result.Refusal = err.(*echo.Refusal)
		}
		answer, err := thrift.MarshalFastMsg(method, thrift.REPLY, seq, &result)
		if err != nil {
			t.Error(err)
			return
		}
		if err := writeFrame(conn, answer); err != nil {
			return
		}
	}
}

func TestPlainServer(t *testing.T) {
	address := plainServer(t)
	for _, adapter := range adapters {
		t.Run(adapter.name, func(t *testing.T) { converse(t, 1, dial(t, adapter, transport.Framed, address)) })
	}
}
