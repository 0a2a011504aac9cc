package frugal

import "sync/atomic"

// Option is a setting of Pretouch. Frugal's options tune a compiler that is not used here, so none has an effect.
type Option func(*settings)

// settings would be what options change.
type settings struct{}

// NoJIT(true) makes all later calls use reflection, and NoJIT(false) native code again, where it can run.
func NoJIT(v bool) { reflectOnly.Store(v) }

// WithMaxInlineDepth is accepted and has no effect.
func WithMaxInlineDepth(depth int) Option { return func(*settings) {} }

// WithMaxInlineILSize is accepted and has no effect.
func WithMaxInlineILSize(size int) Option { return func(*settings) {} }

// WithMaxPretouchDepth is accepted and has no effect: Pretouch compiles all that a type refers to.
func WithMaxPretouchDepth(depth int) Option { return func(*settings) {} }

// What SetMaxInlineDepth and SetMaxInlineILSize have stored, at first Frugal's defaults.
var inlineDepth, inlineSize atomic.Int64

func init() {
	inlineDepth.Store(2)
	inlineSize.Store(50000)
}

// SetMaxInlineDepth stores depth and returns what was stored before. It has no other effect.
func SetMaxInlineDepth(depth int) int { return int(inlineDepth.Swap(int64(depth))) }

// SetMaxInlineILSize stores size and returns what was stored before. It has no other effect.
func SetMaxInlineILSize(size int) int { return int(inlineSize.Swap(int64(size))) }
