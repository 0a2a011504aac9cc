package http2

import (
	"errors"

	"golang.org/x/net/http2"
)

// readSettings handles a SETTINGS frame.
func (h *Conn) readSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	had := h.allowed.Load()
	if err := h.takeSettings(f); err != nil {
		return err
	}
	if h.allowed.Load() > had && h.config.Room != nil {
		h.config.Room()
	}
	return nil
}

// takeSettings takes the peer's settings, and says so.
func (h *Conn) takeSettings(f *http2.SettingsFrame) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.greeted = true
	if f.NumSettings() > mostSettings {
		return calm("%d settings in a frame", f.NumSettings())
	}
	if h.settings.add() > mostSettings {
		return calm("it changes its settings again and again")
	}
	window := h.peer.window
	err := f.ForeachSetting(func(s http2.Setting) error {
		if s.ID == http2.SettingInitialWindowSize {
			window = int64(s.Val) // the last one counts, for which all streams are looked at once
			return s.Valid()
		}
		return h.set(s)
	})
	var broken http2.ConnectionError
	if errors.As(err, &broken) {
		return fault(Code(broken), "a setting is wrong")
	}
	if err == nil {
		err = h.setWindow(window)
	}
	if err != nil {
		return err
	}
	p := h.begin()
	_ = h.writer.WriteSettingsAck()
	return h.answer(p)
}

// mostSettings is how many settings a frame may have, and how often they may change in a second.
const mostSettings = 100

// set takes a setting of the peer's. lock is held.
func (h *Conn) set(s http2.Setting) error {
	switch s.ID {
	case http2.SettingHeaderTableSize:
		h.encoder.SetMaxDynamicTableSize(min(s.Val, tableSize))
	case http2.SettingMaxConcurrentStreams:
		h.allowed.Store(int64(s.Val))
	case http2.SettingMaxHeaderListSize:
		h.peer.maxHeaders = uint64(s.Val)
	case http2.SettingEnablePush:
		if s.Val > 1 || h.config.Client && s.Val == 1 {
			return fault(ProtocolError, "the setting ENABLE_PUSH is %d", s.Val)
		}
	case http2.SettingMaxFrameSize:
		if s.Val < smallestFrame || s.Val > 1<<24-1 {
			return fault(ProtocolError, "the setting MAX_FRAME_SIZE is %d", s.Val)
		}
		h.peer.maxFrame = min(s.Val, largestWritten)
	}
	return nil
}

// setWindow sets the window of streams, those that are open too. lock is held.
func (h *Conn) setWindow(size int64) error {
	if size > largestWindow {
		return fault(http2.ErrCodeFlowControl, "the setting INITIAL_WINDOW_SIZE is %d", size)
	}
	difference := size - h.peer.window
	h.peer.window = size
	if difference == 0 {
		return nil
	}
	for _, s := range h.streams {
		if s.window += difference; s.window > largestWindow {
			return fault(http2.ErrCodeFlowControl, "the window of stream %d exceeds 2^31-1", s.id)
		}
		if difference > 0 {
			s.signal()
		}
	}
	return nil
}
