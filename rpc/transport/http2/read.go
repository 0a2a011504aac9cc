package http2

import (
	"cmp"
	"encoding/binary"
	"errors"

	"golang.org/x/net/http2"
)

const (
	// mostNoise is how many frames the peer may send that mean no progress, one after the other.
	mostNoise = 10_000
	// mostContinuations is how many frames a header list may have besides the first.
	mostContinuations = 64
	// mostResets is how many streams the peer may reset in a second, and of how many it may be refused more than it may have.
	mostResets = 1000
)

// Serve handles what begins to arrive: the preface, a frame, or a header list, in however many frames that is. It waits for all of it. The
// error ends the connection: the caller calls End with it.
func (h *Conn) Serve() error {
	if !h.begun {
		return h.readPreface()
	}
	head, err := h.framer.ReadFrameHeader()
	if err != nil {
		return h.unreadable(err)
	}
	h.frames.Add(1)
	if !h.greeted && head.Type != http2.FrameSettings {
		return fault(ProtocolError, "its first frame is %v instead of SETTINGS", head.Type)
	}
	switch head.Type {
	case http2.FrameData:
		err = h.readData(head)
	case http2.FrameHeaders:
		err = h.readHeaders(head)
	default:
		err = h.readFrame(head)
	}
	h.conn.Release()
	return err
}

// readPreface reads what a client begins with.
func (h *Conn) readPreface() error {
	data, err := h.conn.Next(len(http2.ClientPreface))
	if err != nil {
		return err
	}
	if string(data) != http2.ClientPreface {
		return fault(ProtocolError, "its preface is not that of HTTP/2")
	}
	h.begun = true
	h.conn.Release()
	return nil
}

// unreadable returns the error for a frame that cannot be read.
func (h *Conn) unreadable(err error) error {
	var broken http2.ConnectionError
	switch {
	case errors.Is(err, http2.ErrFrameTooLarge):
		return fault(http2.ErrCodeFrameSize, "a frame is larger than was announced")
	case errors.As(err, &broken):
		reason := "a frame is wrong"
		if detail := h.framer.ErrorDetail(); detail != nil {
			reason = detail.Error()
		}
		return fault(Code(broken), "%s", reason)
	}
	return err
}

// readFrame reads a frame that has no data.
func (h *Conn) readFrame(head http2.FrameHeader) error {
	if err := h.countNoise(); err != nil {
		return err
	}
	if head.Type > http2.FrameContinuation {
		// Frames of kinds that RFC 9113 does not have are ignored. The Framer of golang.org/x/net v0.50.0 panics at some of them.
		_, err := h.conn.Next(int(head.Length))
		return err
	}
	frame, err := h.framer.ReadFrameForHeader(head)
	if err != nil {
		if wrong, ok := err.(http2.StreamError); ok {
			return h.wrongFrame(head, wrong)
		}
		return h.unreadable(err)
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		return h.readSettings(f)
	case *http2.WindowUpdateFrame:
		return h.readUpdate(f)
	case *http2.PingFrame:
		return h.readPing(f)
	case *http2.RSTStreamFrame:
		return h.readReset(f)
	case *http2.GoAwayFrame:
		return h.readGoAway(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return h.breakStream(f.StreamID, ProtocolError, "it depends on itself")
		}
	case *http2.PushPromiseFrame:
		return fault(ProtocolError, "it pushes")
	}
	return nil
}

// countNoise counts a frame that need not mean progress.
func (h *Conn) countNoise() error {
	if h.progress.Load() {
		h.progress.Store(false)
		h.noise = 0
	}
	if h.noise++; h.noise > mostNoise {
		return calm("it has sent %d frames that mean no progress", h.noise)
	}
	return nil
}

// wrongFrame handles a frame whose fault is one of its stream alone.
func (h *Conn) wrongFrame(head http2.FrameHeader, wrong http2.StreamError) error {
	if h.idle(wrong.StreamID) {
		return fault(wrong.Code, "%v on a stream that was not opened", head.Type)
	}
	reason := ""
	if wrong.Cause != nil {
		reason = wrong.Cause.Error()
	}
	return h.breakStream(wrong.StreamID, wrong.Code, reason)
}

// breakStream ends a stream because of the peer's fault.
func (h *Conn) breakStream(id uint32, code Code, reason string) error {
	h.lock.Lock()
	s := h.streams[id]
	err := &ResetError{Code: code, Reason: reason}
	h.drop(s, err)
	h.lock.Unlock()
	if s != nil {
		s.receiver.Closed(err)
	}
	if err := h.countReset(); err != nil {
		return err
	}
	return h.refuse(id, code)
}

// countReset counts a stream that has ended because of what the peer of a server did, however it has had that done.
func (h *Conn) countReset() error {
	if !h.config.Client && h.resets.add() > mostResets+int64(h.config.MaxStreams) {
		return calm("it opens streams and has them reset, again and again")
	}
	return nil
}

// refuse tells the peer that a stream has ended, as an answer to what it has sent.
func (h *Conn) refuse(id uint32, code Code) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.forget(id, 0) // it has broken the rules on it
	p := h.begin()
	_ = h.writer.WriteRSTStream(id, code)
	return h.answer(p)
}

// forget notes a stream that this side has ended, and what the peer may send before it knows. lock is held.
func (h *Conn) forget(id uint32, left int64) {
	h.forgotten[h.forgot%len(h.forgotten)] = forgotten{id, left}
	h.forgot++
}

// forgets returns what is known of a stream that this side has ended, nil if it is not one of the last. lock is held.
func (h *Conn) forgets(id uint32) *forgotten {
	for i := range h.forgotten {
		if h.forgotten[i].id == id {
			return &h.forgotten[i]
		}
	}
	return nil
}

// find returns an open stream, nil if it has ended, and whether the peer has sent all.
func (h *Conn) find(id uint32) (s *Stream, closed bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	s = h.streams[id]
	return s, s != nil && s.remoteClosed
}

// idle reports that a stream was not opened yet.
func (h *Conn) idle(id uint32) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.isIdle(id)
}

// isIdle is idle with the lock held.
func (h *Conn) isIdle(id uint32) bool {
	if h.own(id) {
		return id >= h.next
	}
	return id > h.lastSeen
}

// own reports that the id is one that this side gives.
func (h *Conn) own(id uint32) bool { return (id%2 == 1) == h.config.Client }

// readData reads a DATA frame.
func (h *Conn) readData(head http2.FrameHeader) error {
	if head.StreamID == 0 {
		return fault(ProtocolError, "DATA without a stream")
	}
	payload, err := h.conn.Next(int(head.Length))
	if err != nil {
		return err
	}
	data := payload
	if head.Flags.Has(http2.FlagDataPadded) {
		if len(data) == 0 || int(data[0]) >= len(data) {
			return fault(ProtocolError, "the padding of DATA is longer than the frame")
		}
		data = data[1 : len(data)-int(data[0])]
	}
	end := head.Flags.Has(http2.FlagDataEndStream)
	s, over, failure := h.takeData(head.StreamID, len(payload), len(payload)-len(data), end)
	if failure == errLate {
		return h.countNoise()
	}
	if failure != nil {
		return failure
	}
	if over {
		return h.breakStream(s.id, http2.ErrCodeFlowControl, "the peer sends more than the stream's window allows")
	}
	if len(data) > 0 {
		h.noise = 0
	} else if err := h.countNoise(); err != nil {
		return err
	}
	if s == nil {
		return nil
	}
	if s.wrong != "" {
		return h.breakStream(s.id, cmp.Or(s.code, ProtocolError), s.wrong)
	}
	s.receiver.Data(data, end)
	if end && h.config.Client {
		s.Reset(Cancel) // as for headers
	}
	return nil
}

// errLate says that data has come for a stream that has ended.
var errLate = errors.New("the stream has ended")

// takeData takes data from the windows, and returns the stream that it is for, nil if that takes none any more, and whether it is too much
// for the stream.
func (h *Conn) takeData(id uint32, size, padding int, end bool) (s *Stream, over bool, err error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if !h.received.take(int64(size)) {
		return nil, false, fault(http2.ErrCodeFlowControl, "it sends more than the connection's window allows")
	}
	h.sendUpdate(nil, h.received.give(int64(size)))
	s = h.streams[id]
	switch {
	case s == nil && h.isIdle(id):
		return nil, false, fault(ProtocolError, "DATA on a stream that was not opened")
	case s == nil && h.goingAway && id > h.last && !h.own(id):
		return nil, false, errLate // the peer does not know yet that the stream was not taken
	case s == nil && h.forgets(id) != nil:
		if f := h.forgets(id); size > 0 && f.left >= int64(size) {
			f.left -= int64(size)
			return nil, false, nil // the peer does not know yet that the stream has ended
		}
		return nil, false, errLate
	case s != nil && s.remoteClosed:
		s.wrong, s.code = "there is data behind the end", http2.ErrCodeStreamClosed
		return s, false, nil
	case s == nil:
		p := h.begin()
		_ = h.writer.WriteRSTStream(id, http2.ErrCodeStreamClosed)
		if err = h.answer(p); err == nil {
			err = errLate
		}
		return nil, false, err
	case !s.received.take(int64(size)):
		return s, true, nil
	}
	s.checkLength(size-padding, end)
	if end && s.wrong == "" {
		s.remoteClosed, s.succeeded = true, s.succeeded || h.config.Client
		s.removeIfClosed()
		return s, false, nil
	}
	h.measure(s, int64(size))
	if s.eager {
		padding = size
	}
	h.sendUpdate(s, s.received.give(int64(padding)))
	return s, false, nil
}

// checkLength looks whether data is what the headers say of it.
func (s *Stream) checkLength(n int, end bool) {
	if !s.headersSeen {
		s.wrong = "there is data before the headers"
	}
	if s.length >= 0 {
		if s.length -= int64(n); s.length < 0 || end && s.length > 0 {
			s.wrong = "the data is not as long as content-length says"
		}
	}
}

// closeRemote is called when the peer has sent all, before the receiver is told, and reports whether this side has not.
func (h *Conn) closeRemote(s *Stream) (open bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	s.remoteClosed, s.succeeded = true, s.succeeded || h.config.Client
	s.removeIfClosed()
	return !s.localClosed
}

// readHeaders reads a header list that begins with a frame. The Framer has seen to the order of frames.
func (h *Conn) readHeaders(head http2.FrameHeader) error {
	if err := h.countNoise(); err != nil {
		return err
	}
	if head.StreamID == 0 {
		return fault(ProtocolError, "HEADERS without a stream")
	}
	payload, err := h.conn.Next(int(head.Length))
	if err != nil {
		return err
	}
	block, err := headerBlock(head, payload)
	if err != nil {
		return err
	}
	h.fields.reset(h.config.MaxHeaderList)
	for last, n := head.Flags.Has(http2.FlagHeadersEndHeaders), 0; ; n++ {
		// A list that exceeds the limit is decompressed, because the table has to be kept, but not without end.
		if h.fields.size > 2*h.config.MaxHeaderList || len(block) > 2*h.config.MaxHeaderList {
			return calm("a header list is longer than twice %d bytes", h.config.MaxHeaderList)
		}
		if n > mostContinuations {
			return calm("a header list comes in more than %d frames", mostContinuations)
		}
		if _, err := h.decoder.Write(block); err != nil {
			return fault(http2.ErrCodeCompression, "a header list: %v", err)
		}
		if last {
			break
		}
		h.conn.Release()
		next, err := h.framer.ReadFrameHeader()
		if err != nil {
			return h.unreadable(err)
		}
		if block, err = h.conn.Next(int(next.Length)); err != nil {
			return err
		}
		last = next.Flags.Has(http2.FlagContinuationEndHeaders)
	}
	if err := h.decoder.Close(); err != nil {
		return fault(http2.ErrCodeCompression, "a header list: %v", err)
	}
	return h.takeHeaders(head.StreamID, head.Flags.Has(http2.FlagHeadersEndStream))
}

// headerBlock returns the part of a HEADERS frame that is header fields.
func headerBlock(head http2.FrameHeader, p []byte) ([]byte, error) {
	padding := 0
	if head.Flags.Has(http2.FlagHeadersPadded) {
		if len(p) == 0 {
			return nil, fault(http2.ErrCodeFrameSize, "HEADERS without the length of their padding")
		}
		padding, p = int(p[0]), p[1:]
	}
	if head.Flags.Has(http2.FlagHeadersPriority) {
		if len(p) < 5 {
			return nil, fault(http2.ErrCodeFrameSize, "HEADERS without the priority that they announce")
		}
		if binary.BigEndian.Uint32(p)&(1<<31-1) == head.StreamID {
			return nil, fault(ProtocolError, "a stream depends on itself")
		}
		p = p[5:]
	}
	if padding > len(p) {
		return nil, fault(ProtocolError, "the padding of HEADERS is longer than the frame")
	}
	return p[:len(p)-padding], nil
}

// takeHeaders hands the header list to its stream.
func (h *Conn) takeHeaders(id uint32, end bool) error {
	s, closed := h.find(id)
	switch {
	case closed:
		return h.breakStream(id, http2.ErrCodeStreamClosed, "")
	case s != nil:
		return h.moreHeaders(s, end)
	case h.own(id) && h.idle(id):
		return fault(ProtocolError, "HEADERS on a stream that was not opened")
	case h.config.Client && !h.own(id):
		return fault(ProtocolError, "a server opens a stream")
	case id%2 == 0:
		return fault(ProtocolError, "a client opens stream %d", id)
	case h.config.Client, id <= h.lastSeen:
		return h.lateHeaders(id)
	}
	return h.request(id, end)
}

// lateHeaders handles a header list of a stream that has ended.
func (h *Conn) lateHeaders(id uint32) error {
	h.lock.Lock()
	expected := h.forgets(id) != nil
	h.lock.Unlock()
	if expected || h.config.Client {
		return nil // the peer does not know yet that the stream has ended
	}
	return fault(http2.ErrCodeStreamClosed, "HEADERS on stream %d, which has ended", id)
}

// moreHeaders handles the headers of a response, or trailers.
func (h *Conn) moreHeaders(s *Stream, end bool) error {
	f := &h.fields
	wrong := ""
	switch {
	case s.headersSeen && !end:
		wrong = "there are headers behind the headers"
	case s.headersSeen:
		wrong = f.checkTrailers()
		if s.length > 0 {
			wrong = "the data is not as long as content-length says"
		}
	default:
		if wrong = f.checkResponse(); wrong == "" && f.Status[0] == '1' && !end && f.Status != "101" {
			return nil // others follow
		}
		s.headersSeen, s.length = true, f.length
	}
	if wrong != "" {
		return h.breakStream(s.id, ProtocolError, wrong)
	}
	h.noise = 0
	open := end && h.closeRemote(s)
	s.receiver.Headers(f, end)
	if open && h.config.Client {
		s.Reset(Cancel) // who sends still is to stop
	}
	return nil
}

// request handles the headers of a request.
func (h *Conn) request(id uint32, end bool) error {
	f := &h.fields
	h.lastSeen = id
	if wrong := f.checkRequest(); wrong != "" {
		return h.breakStream(id, ProtocolError, wrong)
	}
	if end && f.length > 0 {
		return h.breakStream(id, ProtocolError, "the data is not as long as content-length says")
	}
	s, err := h.accept(id)
	if s == nil {
		return err
	}
	s.headersSeen, s.length = true, f.length
	h.noise = 0
	if end {
		h.closeRemote(s)
	}
	s.receiver.Headers(f, end)
	return nil
}

// accept adds a stream of the peer's, or refuses it.
func (h *Conn) accept(id uint32) (*Stream, error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	switch {
	case h.goingAway:
		return nil, nil // the peer knows that it was not taken
	case h.endings.Load() > mostAnswers+int64(h.config.MaxStreams): // more than it can wait for
		return nil, calm("it reads no replies, and goes on with other calls")
	case len(h.streams) >= h.config.MaxStreams:
		if h.refusals.add() > mostResets+int64(h.config.MaxStreams) {
			return nil, calm("it opens more streams than it may, again and again")
		}
		h.forget(id, h.initial)
		p := h.begin()
		_ = h.writer.WriteRSTStream(id, RefusedStream)
		return nil, h.answer(p)
	}
	h.last = id
	s := h.newStream(id)
	s.receiver = h.config.Begin(s)
	return s, nil
}

// readReset handles a RST_STREAM frame.
func (h *Conn) readReset(f *http2.RSTStreamFrame) error {
	if h.idle(f.StreamID) {
		return fault(ProtocolError, "RST_STREAM on a stream that was not opened")
	}
	h.lock.Lock()
	s := h.streams[f.StreamID]
	err := &ResetError{Code: f.ErrCode, Remote: true, Unread: f.ErrCode == RefusedStream}
	h.drop(s, err)
	h.lock.Unlock()
	if s != nil {
		s.receiver.Closed(err)
	}
	return h.countReset()
}

// drop takes a stream off that has ended because of err. s may be nil. lock is held.
func (h *Conn) drop(s *Stream, err error) {
	if s != nil {
		s.remoteClosed = true
		s.stop(err)
		h.remove(s)
	}
}

// readUpdate handles a WINDOW_UPDATE frame.
func (h *Conn) readUpdate(f *http2.WindowUpdateFrame) error {
	if f.StreamID == 0 {
		h.lock.Lock()
		defer h.lock.Unlock()
		if h.window += int64(f.Increment); h.window > largestWindow {
			return fault(http2.ErrCodeFlowControl, "the connection's window exceeds 2^31-1")
		}
		h.callNext()
		return nil
	}
	if h.idle(f.StreamID) {
		return fault(ProtocolError, "WINDOW_UPDATE on a stream that was not opened")
	}
	h.lock.Lock()
	s := h.streams[f.StreamID]
	over := false
	if s != nil {
		s.window += int64(f.Increment)
		over = s.window > largestWindow
		s.signal()
	}
	h.lock.Unlock()
	if over {
		return h.breakStream(f.StreamID, http2.ErrCodeFlowControl, "the stream's window exceeds 2^31-1")
	}
	return nil
}

// readGoAway handles a GOAWAY frame: streams that the peer has not taken end.
func (h *Conn) readGoAway(f *http2.GoAwayFrame) error {
	h.lock.Lock()
	h.goingAway = h.goingAway || h.config.Client
	var unread []*Stream
	reason := string(f.DebugData())
	if f.ErrCode != NoError {
		h.farewell = &GoneError{f.ErrCode, reason}
	}
	err := &ResetError{Code: f.ErrCode, Remote: true, Unread: true, Reason: reason}
	for id, s := range h.streams {
		if h.own(id) && id > f.LastStreamID {
			h.drop(s, err)
			unread = append(unread, s)
		}
	}
	h.lock.Unlock()
	for _, s := range unread {
		s.receiver.Closed(err)
	}
	return nil
}
