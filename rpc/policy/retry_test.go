package policy

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/message"
)

// TestPauses: a pause is between half of what the options say and all of it, and the options may say anything.
func TestPauses(t *testing.T) {
	for _, c := range []struct {
		retry       Retry
		number      int
		least, most time.Duration
	}{
		{Retry{}, 1, 5 * time.Millisecond, 10 * time.Millisecond},
		{Retry{}, 2, 10 * time.Millisecond, 20 * time.Millisecond},
		{Retry{}, 9, time.Second / 2, time.Second},
		{Retry{Backoff: -1}, 5, 0, 0},
		{Retry{Backoff: 1}, 1, 0, 1},
		{Retry{Backoff: time.Hour}, 1, time.Second / 2, time.Second},
		{Retry{Backoff: time.Minute, MaxBackoff: time.Hour}, 3, 2 * time.Minute, 4 * time.Minute},
		{Retry{Backoff: math.MaxInt64, MaxBackoff: math.MaxInt64}, 10, math.MaxInt64 / 2, math.MaxInt64},
		{Retry{Backoff: math.MaxInt64 / 2, MaxBackoff: math.MaxInt64}, 10, math.MaxInt64 / 2, math.MaxInt64},
		{Retry{MaxBackoff: math.MinInt64}, 10, time.Second / 2, time.Second},
	} {
		different := map[time.Duration]bool{}
		for range 100 {
			got := c.retry.pause(c.number)
			different[got] = true
			if got < c.least || got > c.most {
				t.Errorf("%+v: a pause of %v after attempt %d", c.retry, got, c.number)
			}
		}
		require.True(t, len(different) > 1 || c.most <= 1, "there is no jitter")
	}
}

// TestAfter: what a call is repeated after.
func TestAfter(t *testing.T) {
	unsent := &message.Error{Code: message.CodeConnect, Retryable: true}
	yes := func(context.Context, string, error) bool { return true }
	no := func(context.Context, string, error) bool { return false }
	for name, c := range map[string]struct {
		retry      Retry
		idempotent bool
		err        error
		want       bool
	}{
		"certainly not executed":   {Retry{}, false, unsent, true},
		"that in another error":    {Retry{}, false, fmt.Errorf("wrapped: %w", unsent), true},
		"perhaps executed":         {Retry{}, false, &message.Error{Code: message.CodeClosed}, false},
		"out of time":              {Retry{}, false, &message.Error{Code: message.CodeTimeout}, false},
		"idempotent, closed":       {Retry{}, true, &message.Error{Code: message.CodeClosed}, true},
		"idempotent, out of time":  {Retry{}, true, &message.Error{Code: message.CodeTimeout}, true},
		"idempotent, cancelled":    {Retry{}, true, &message.Error{Code: message.CodeCanceled}, false},
		"idempotent, answered":     {Retry{}, true, &message.Error{Code: message.CodeInternal}, false},
		"idempotent, an exception": {Retry{}, true, errors.New("declared"), false},
		"the user wants":           {Retry{If: yes}, false, &message.Error{Code: message.CodeInternal}, true},
		"the user does not":        {Retry{If: no}, true, unsent, false},
	} {
		require.Equal(t, c.want, c.retry.after(context.Background(), "m", c.idempotent, c.err), name)
	}
}

// TestMarks: a mark says which attempt a request is, and whatever is in its place means a retry.
func TestMarks(t *testing.T) {
	ctx := context.Background()
	require.Equal(t, 1, Marked(ctx))
	require.Equal(t, 3, Marked(mark(ctx, 3)))
	for value, want := range map[string]int{"": 1, "1": 2, "7": 8, "0": 2, "-4": 2, "x": 2, "99999999999999999999": 2} {
		require.Equal(t, want, Marked(metainfo.WithPersistentValue(ctx, markKey, value)), value)
	}
}

// TestPolicies: the policy of a call counts before that of its method, and that before the one of all; later ones before earlier.
func TestPolicies(t *testing.T) {
	var s Policies
	once, twice := &Retry{MaxAttempts: 1}, &Retry{MaxAttempts: 2}
	s.Add(Policy{Timeout: time.Second, Retry: once}, nil)
	s.Add(Policy{Timeout: time.Minute}, nil)
	s.Add(Policy{Idempotent: true}, []string{"a", "b"})
	s.Add(Policy{Retry: twice}, []string{"b"})
	s.Complete()
	require.Equal(t, Policy{Timeout: time.Minute, Retry: once}, s.Plan("c").policy)
	require.Equal(t, Policy{Timeout: time.Minute, Retry: once, Idempotent: true}, s.Plan("a").policy)
	require.Equal(t, Policy{Timeout: time.Minute, Retry: twice, Idempotent: true}, s.Plan("b").policy)
	ctx := WithCall(context.Background(), Policy{Timeout: -1})
	require.Equal(t, Policy{Timeout: -1, Retry: twice, Idempotent: true}, s.Plan("b").For(ctx).policy)
	require.Equal(t, s.Plan("b"), s.Plan("b").For(WithCall(ctx, Policy{})))
}

// TestDeadlines: the earliest time counts of those that are said.
func TestDeadlines(t *testing.T) {
	soon, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, c := range map[string]struct {
		timeout, standard time.Duration
		ctx               context.Context
		want              time.Duration // 0 for never
	}{
		"nothing":              {0, 0, context.Background(), 0},
		"standard":             {0, time.Second, context.Background(), time.Second},
		"context":              {0, time.Second, soon, time.Minute},
		"policy":               {time.Hour, time.Second, context.Background(), time.Hour},
		"policy before":        {time.Second, time.Hour, soon, time.Second},
		"policy after":         {time.Hour, time.Hour, soon, time.Minute},
		"policy has none":      {-1, time.Second, context.Background(), 0},
		"none but the context": {-1, time.Second, soon, time.Minute},
	} {
		got := (&Plan{policy: Policy{Timeout: c.timeout}}).Deadline(c.ctx, c.standard)
		if c.want == 0 {
			require.Zero(t, got, name)
			continue
		}
		require.WithinDuration(t, time.Now().Add(c.want), got, c.want/2, name)
	}
}
