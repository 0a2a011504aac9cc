package talk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// sample has a value in each field, with numbers and texts that take all the bytes that they can.
func sample() *Line {
	weight := -0.1
	return &Line{
		Text: "ünïcödé ☺ 😈", Number: -1 << 62, Data: []byte{0, 255, 128}, Words: []string{"", "a", "ß"},
		Counts: map[string]uint32{"": 0, "many": 1<<32 - 1}, Mood: 2, Weight: &weight,
		About: &Line{Text: "inner", Weight: new(float64)}, Marks: []uint32{0, 1<<32 - 1},
	}
}

// A Caller is a client under test.
type Caller struct {
	framework.Framework
	Calls
}

// A Check is a part of a conversation.
type Check struct {
	Name string
	Run  func(*Caller, context.Context) error
}

// Checks are the parts of a conversation. The clients in other languages make the same calls.
var Checks = []Check{
	{"unary", (*Caller).unary},
	{"long unary", (*Caller).longUnary},
	{"status", (*Caller).status},
	{"missing", (*Caller).missing},
	{"deadline", (*Caller).deadline},
	{"server stream", (*Caller).serverStream},
	{"failing stream", (*Caller).failingStream},
	{"client stream", (*Caller).clientStream},
	{"empty client stream", (*Caller).emptyClientStream},
	{"bidirectional", (*Caller).bidirectional},
	{"early end", (*Caller).earlyEnd},
	{"cancel", (*Caller).cancel},
}

// want returns an error unless err has a status.
func (c *Caller) want(err error, code int32, message string) error {
	if err == nil {
		return fmt.Errorf("the call has succeeded; status %d was expected", code)
	}
	if s := c.StatusOf(err); s.Code != code || message != "" && s.Message != message {
		return fmt.Errorf("status %d %q, not %d %q: %w", s.Code, s.Message, code, message, err)
	}
	return nil
}

func (c *Caller) unary(ctx context.Context) error {
	echo, binary := []string{"first", "second"}, []string{"\x00\xff\n"}
	ctx, answer := c.Collect(c.Attach(ctx, framework.Metadata{echoName: echo, echoBinName: binary}))
	got, err := c.Say(ctx, sample())
	if err != nil {
		return err
	}
	expected := sample()
	expected.Number++
	if !reflect.DeepEqual(got, expected) {
		return fmt.Errorf("%+v came back, not %+v", got, expected)
	}
	if header := answer.Header()[echoName]; strings.ReplaceAll(strings.Join(header, ","), ", ", ",") != "first,second" {
		return fmt.Errorf("the header has %q", header)
	}
	if trailer := answer.Trailer()[echoBinName]; !slices.Equal(trailer, binary) {
		return fmt.Errorf("the trailer has %q", trailer)
	}
	return nil
}

func (c *Caller) longUnary(ctx context.Context) error {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	got, err := c.Say(ctx, &Line{Data: data})
	if err == nil && !bytes.Equal(got.Data, data) {
		err = fmt.Errorf("%d other bytes came back", len(got.Data))
	}
	return err
}

func (c *Caller) status(ctx context.Context) error {
	const message = "100% ünknown\n"
	_, err := c.Say(ctx, &Line{Text: "fail", About: &Line{Text: message}})
	return c.want(err, notFound, message)
}

func (c *Caller) missing(ctx context.Context) error {
	_, err := c.Missing(ctx, &Line{})
	return c.want(err, unimplemented, "")
}

func (c *Caller) deadline(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	_, err := c.Say(ctx, &Line{Text: "sleep"})
	return c.want(err, deadlineExceeded, "")
}

// collect returns the texts of all lines, whose numbers must go up by one, or down if negative.
func collect(lines iter.Seq2[*Line, error], sign int64) (texts []string, err error) {
	for line, err := range lines {
		if err != nil {
			return texts, err
		}
		if line.Number != sign*int64(len(texts)) {
			return texts, fmt.Errorf("line %d has the number %d", len(texts), line.Number)
		}
		texts = append(texts, line.Text)
	}
	return texts, nil
}

// many returns words, some of them long.
func many() []string {
	var words []string
	for i := range 1000 {
		words = append(words, strings.Repeat("w", 1+i%7*i%5000))
	}
	return words
}

func (c *Caller) serverStream(ctx context.Context) error {
	texts, err := collect(c.Split(ctx, &Line{Words: many()}), 1)
	if err == nil && !slices.Equal(texts, many()) {
		err = fmt.Errorf("%d other lines came", len(texts))
	}
	return err
}

func (c *Caller) failingStream(ctx context.Context) error {
	words := []string{"a", "fail", "b"}
	texts, err := collect(c.Split(ctx, &Line{Words: words}), 1)
	if !slices.Equal(texts, words[:2]) {
		return fmt.Errorf("%q came before %w", texts, err)
	}
	return c.want(err, aborted, "as asked")
}

func (c *Caller) clientStream(ctx context.Context) error {
	sum := int64(0)
	joined, err := c.Join(ctx, func(yield func(*Line, error) bool) {
		for i, word := range many() {
			sum += int64(i)
			if !yield(&Line{Text: word, Number: int64(i)}, nil) {
				return
			}
		}
	})
	if err == nil && (!slices.Equal(joined.Words, many()) || joined.Number != sum) {
		err = fmt.Errorf("%d other words came, of the sum %d, not %d", len(joined.Words), joined.Number, sum)
	}
	return err
}

func (c *Caller) emptyClientStream(ctx context.Context) error {
	joined, err := c.Join(ctx, func(func(*Line, error) bool) {})
	if err == nil && !reflect.DeepEqual(joined, &Line{}) {
		err = fmt.Errorf("%+v came", joined)
	}
	return err
}

// converse sends lines, each when the answer to the one before has come, until the server ends or there are enough, and returns
// how many answers there were.
func (c *Caller) converse(ctx context.Context, turns int, text func(turn int) string) (answers int, err error) {
	next := make(chan int, turns+1)
	next <- 0
	lines := c.Converse(ctx, func(yield func(*Line, error) bool) {
		for {
			select {
			case turn := <-next:
				if turn == turns || !yield(&Line{Text: text(turn), Number: int64(turn)}, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	for line, err := range lines {
		if err != nil {
			return answers, err
		}
		if line.Text != text(answers) || line.Number != -int64(answers) {
			return answers, fmt.Errorf("the answer %d is %+v", answers, line)
		}
		answers++
		next <- answers
	}
	return answers, nil
}

func (c *Caller) bidirectional(ctx context.Context) error {
	answers, err := c.converse(ctx, 200, func(turn int) string { return strings.Repeat("x", turn*turn) })
	if err == nil && answers != 200 {
		err = fmt.Errorf("there were %d answers", answers)
	}
	return err
}

func (c *Caller) earlyEnd(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	words := []string{"hello", "bye"}
	answers, err := c.converse(ctx, 3, func(turn int) string {
		if turn == len(words) {
			<-ctx.Done() // it has nothing more to say, and does not end
			return ""
		}
		return words[turn]
	})
	if err == nil && answers != 2 {
		err = fmt.Errorf("there were %d answers", answers)
	}
	return err
}

func (c *Caller) cancel(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers, err := c.converse(ctx, 1<<20, func(turn int) string {
		if turn == 3 {
			cancel()
			<-ctx.Done()
		}
		return "still here"
	})
	if answers > 3 {
		return errors.New("the call has gone on")
	}
	return c.want(err, canceled, "")
}
