package main

import (
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

const (
	// codecCopies is how many values and messages the codec is measured with in turn, as if each were of another caller.
	codecCopies = checkedCallers
	// codecTurns is how many times each is encoded and decoded.
	codecTurns = 50
)

// codecOf returns what measures the processor time of decoding a complex message and encoding a value, which each side of a call
// does. With reuse it decodes into an arena that is used again.
func codecOf(reuse bool) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		c, err := newCodecLoop(reuse)
		if err == nil {
			err = c.run() // to warm up
		}
		before := processorTime()
		if err == nil {
			err = c.run()
		}
		return (processorTime() - before) / (codecTurns * codecCopies), err
	}
}

// A codecLoop encodes and decodes as the runtime does.
type codecLoop struct {
	codec    *tagwire.Codec[shapes.Complex]
	arena    *tagwire.Arena // nil: decoded values have memory of their own
	values   []*shapes.Complex
	messages [][]byte
}

func newCodecLoop(reuse bool) (*codecLoop, error) {
	codec, err := tagwire.For[shapes.Complex]()
	if err != nil {
		return nil, err
	}
	c := &codecLoop{codec: codec}
	if reuse {
		c.arena = new(tagwire.Arena)
	}
	for range codecCopies {
		value := complexValue()
		message, err := codec.Append(nil, value)
		if err != nil {
			return nil, err
		}
		c.values, c.messages = append(c.values, value), append(c.messages, message)
	}
	return c, nil
}

func (c *codecLoop) run() error {
	for range codecTurns {
		for i := range c.values {
			if err := c.decode(c.messages[i]); err != nil {
				return err
			}
			size, err := c.codec.Size(c.values[i])
			if err != nil {
				return err
			}
			if _, err := c.codec.Encode(c.messages[i][:size], c.values[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *codecLoop) decode(message []byte) (err error) {
	if c.arena == nil {
		_, err = c.codec.Decode(message, new(shapes.Complex))
		return err
	}
	c.arena.Reset()
	_, err = c.codec.DecodeIn(c.arena, message, tagwire.NewIn[shapes.Complex](c.arena))
	return err
}
