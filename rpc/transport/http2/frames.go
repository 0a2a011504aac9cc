package http2

import (
	"encoding/binary"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames is what a packet of a stream holds: a header list, bytes of a message from one place to another, and trailers, each of which may be
// missing. The memory of the message has room before and behind it, so that in most cases all is one piece.
type frames struct {
	packet   *packet
	stream   *Stream
	headers  []hpack.HeaderField
	message  *Message
	from, to int
	trailers []hpack.HeaderField
	end      bool // nothing follows on the stream
}

// put has the packet sent. The connection's lock is held.
func (f *frames) put(h *Conn) {
	p, n := f.packet, f.to-f.from
	ends := f.end && f.trailers == nil // without a header list at the end
	whole := f.from == 0 && n > 0 && n <= int(h.peer.maxFrame)
	if f.headers != nil {
		block := h.compress(f.headers)
		room := roomBefore - 2*frameHeader
		if whole && len(block) <= room {
			f.putBefore(h, block, ends)
		} else {
			f.putBlock(h, block, ends && n == 0)
			f.putData(h, ends && n > 0)
		}
	} else if whole {
		f.putBefore(h, nil, ends)
	} else if n > 0 || ends {
		f.putData(h, ends)
	}
	if f.trailers != nil {
		f.putTrailers(h, whole)
	}
	if n > 0 {
		f.message.users.Add(1)
		p.message, p.stream, p.data = f.message, f.stream, n+packetCost
		f.stream.queued.Add(int64(p.data))
	}
	if f.end {
		p.last = true
		h.endings.Add(1)
	}
	h.progress.Store(true)
	h.talked.Store(true)
	h.put(p)
}

// putBefore puts the message as one frame, behind a header list if there is one, all of which has room before the message.
func (f *frames) putBefore(h *Conn, block []byte, ends bool) {
	m, id := f.message, f.stream.id
	start := roomBefore - frameHeader
	putFrameHeader(m.all[start:], f.to, http2.FrameData, dataFlags(ends), id)
	if block != nil {
		start -= len(block)
		copy(m.all[start:], block)
		start -= frameHeader
		putFrameHeader(m.all[start:], len(block), http2.FrameHeaders, http2.FlagHeadersEndHeaders, id)
	}
	f.packet.out.Reference(m.all[start : roomBefore+f.to])
}

// putTrailers puts the last header list. whole says that the packet is the message as one piece, and no more.
func (f *frames) putTrailers(h *Conn, whole bool) {
	block := h.compress(f.trailers)
	if !whole || frameHeader+len(block) > roomAfter {
		f.putBlock(h, block, true)
		return
	}
	behind := f.message.all[roomBefore+f.to:][:frameHeader+len(block)]
	putFrameHeader(behind, len(block), http2.FrameHeaders, http2.FlagHeadersEndHeaders|http2.FlagHeadersEndStream, f.stream.id)
	copy(behind[frameHeader:], block)
	f.packet.out.Extend(len(behind))
}

// putBlock puts frames with a compressed header list.
func (f *frames) putBlock(h *Conn, block []byte, ends bool) {
	kind := http2.FrameHeaders
	var flags http2.Flags
	if ends {
		flags = http2.FlagHeadersEndStream
	}
	for first := true; first || len(block) > 0; first = false {
		n := min(len(block), int(h.peer.maxFrame))
		if n == len(block) {
			flags |= http2.FlagHeadersEndHeaders
		}
		buf := f.packet.out.Memory(frameHeader + n)
		putFrameHeader(buf, n, kind, flags, f.stream.id)
		copy(buf[frameHeader:], block)
		f.packet.out.Reference(buf)
		block = block[n:]
		kind, flags = http2.FrameContinuation, 0
	}
}

// putData puts frames with the bytes of the message, or an empty one.
func (f *frames) putData(h *Conn, ends bool) {
	if f.from == f.to && !ends {
		return
	}
	most := int(h.peer.maxFrame)
	count := max(1, (f.to-f.from+most-1)/most)
	memory := f.packet.out.Memory(count * frameHeader)
	for at := f.from; count > 0; count-- {
		n := min(f.to-at, most)
		putFrameHeader(memory, n, http2.FrameData, dataFlags(ends && count == 1), f.stream.id)
		f.packet.out.Reference(memory[:frameHeader])
		if n > 0 {
			f.packet.out.Reference(f.message.all[roomBefore+at:][:n])
		}
		memory = memory[frameHeader:]
		at += n
	}
}

func dataFlags(ends bool) http2.Flags {
	if ends {
		return http2.FlagDataEndStream
	}
	return 0
}

func putFrameHeader(buf []byte, length int, kind http2.FrameType, flags http2.Flags, id uint32) {
	_ = buf[frameHeader-1]
	binary.BigEndian.PutUint32(buf, uint32(length)<<8|uint32(kind))
	buf[4] = byte(flags)
	binary.BigEndian.PutUint32(buf[5:], id)
}

// compress compresses a header list. The result is valid until the next one. lock is held.
func (h *Conn) compress(fields []hpack.HeaderField) []byte {
	h.block.Reset()
	for _, f := range fields {
		_ = h.encoder.WriteField(f)
	}
	return h.block.Bytes()
}
