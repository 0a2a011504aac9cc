package policy

import (
	"context"
	"strconv"

	"github.com/bytedance/gopkg/cloud/metainfo"
)

// markKey is the key of the metadata that marks a request as a retry, and all requests that are made because of it. It is Kitex's.
// The value is how many attempts there were before.
const markKey = "RetryReq"

// mark returns the context of an attempt that is not the first.
func mark(ctx context.Context, number int) context.Context {
	return metainfo.WithPersistentValue(ctx, markKey, strconv.Itoa(number-1))
}

// Marked returns the number of the attempt that ctx belongs to, as the mark in its metadata tells: 1 without a mark.
func Marked(ctx context.Context) int {
	value, marked := metainfo.GetPersistentValue(ctx, markKey)
	if !marked {
		return 1
	}
	before, err := strconv.Atoi(value)
	if err != nil || before < 1 || before > mostMarked {
		return 2 // a peer counts in another way
	}
	return before + 1
}

// mostMarked is the largest number that a mark is taken to mean.
const mostMarked = 1 << 20
