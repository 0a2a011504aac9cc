package http2

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// seeds returns conversations of one side, without what it begins with.
func seeds() (all [][]byte) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range requestFields {
		_ = encoder.WriteField(f)
	}
	request := bytes.Clone(block.Bytes())
	block.Reset()
	_ = encoder.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	response := block.Bytes()
	for _, write := range []func(f *http2.Framer){
		func(f *http2.Framer) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request, EndHeaders: true})
			_ = f.WriteDataPadded(1, false, []byte("data"), make([]byte, 3))
			_ = f.WriteData(1, true, nil)
		},
		func(f *http2.Framer) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: response, EndHeaders: true})
			_ = f.WriteData(1, false, []byte("data"))
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: response[:0], EndHeaders: true, EndStream: true})
		},
		func(f *http2.Framer) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: request[:1], Priority: http2.PriorityParam{StreamDep: 3}})
			_ = f.WriteContinuation(1, true, request[1:])
			_ = f.WriteRSTStream(1, http2.ErrCodeCancel)
		},
		func(f *http2.Framer) {
			_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}, http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0})
			_ = f.WriteWindowUpdate(0, 1<<31-1)
			_ = f.WriteWindowUpdate(1, 0)
			_ = f.WritePriority(5, http2.PriorityParam{StreamDep: 5})
		},
		func(f *http2.Framer) {
			_ = f.WritePing(true, estimatePing)
			_ = f.WritePing(false, drainPing)
			_ = f.WriteGoAway(1, http2.ErrCodeNo, []byte("bye"))
			_ = f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: request, EndHeaders: true})
			for kind := http2.FrameType(10); kind < 20; kind++ {
				_ = f.WriteRawFrame(kind, 0xff, 9, []byte("new"))
			}
		},
	} {
		var out bytes.Buffer
		f := http2.NewFramer(&out, nil)
		f.AllowIllegalWrites = true
		write(f)
		all = append(all, out.Bytes())
	}
	return all
}

// emptySettings is an empty SETTINGS frame.
const emptySettings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// converse writes a conversation to a connection, and waits for its end.
func converse(t *testing.T, e *end, peer net.Conn, conversation []byte) {
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, peer)
	}()
	_ = peer.SetWriteDeadline(time.Now().Add(patience))
	_, _ = peer.Write(conversation)
	_ = peer.Close()
	select {
	case <-e.over:
	case <-time.After(patience):
		t.Fatal("the connection does not end")
	}
	<-read
	if n := e.Streams(); n != 0 {
		t.Errorf("%d streams are left", n)
	}
	if n := e.pending.Load(); n != 0 {
		t.Errorf("%d packets are left", n)
	}
}

// FuzzServer has a client send anything behind the preface: the connection ends, and nothing is left.
func FuzzServer(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, frames []byte) {
		ours, theirs := net.Pipe()
		e := begin(t, theirs, Config{MaxStreams: 10, MaxHeaderList: 4096, Begin: func(s *Stream) Receiver { return &echo{stream: s} }})
		converse(t, e, ours, append([]byte(http2.ClientPreface+emptySettings), frames...))
	})
}

// FuzzClient has a server send anything behind its settings, while streams are open.
func FuzzClient(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, frames []byte) {
		ours, theirs := net.Pipe()
		e := begin(t, theirs, Config{Client: true, MaxHeaderList: 4096})
		var open []*asker
		for range 3 {
			a := &asker{done: make(chan struct{})}
			if _, err := e.Open(a, Patience{}, requestFields, nil, false); err != nil {
				t.Fatal(err)
			}
			open = append(open, a)
		}
		converse(t, e, ours, append([]byte(emptySettings), frames...))
		for _, a := range open {
			<-a.done // each has ended, once
		}
	})
}
