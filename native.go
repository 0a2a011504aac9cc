package tagwire

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire/jit"
)

// Counts of what happened in this process; see Statistics. Package jit counts its calls itself.
var (
	reflectCalls, refusals              atomic.Uint64
	nativeTypes, codeBytes, compileTime atomic.Int64
)

// compiled is the native code of a type, made when it is required or the type has been used enough.
type compiled struct {
	codec atomic.Pointer[jit.Codec]
	// use is the sum of what the calls that reflection served count for; see recordUse.
	use  atomic.Uint32
	lock sync.Mutex // held while compiling, so that callers that wait for this type wait for no other one
	err  error      // why there will be none; guarded by lock
	// direct is the code of calls that refer to large strings.
	direct directCode
}

// typeCodecUnder returns the codec of a struct type, compiled if the configuration requires that.
func typeCodecUnder(t reflect.Type, c *config) (*typeCodec, error) {
	e, err := typeCodecOf(t, c.format)
	if err != nil || !c.requireNative || e.native.codec.Load() != nil {
		return e, err
	}
	return e, e.require()
}

// require makes the native code if there is none yet. If it cannot be made, the error is that of a call that requires it.
func (e *typeCodec) require() error {
	return e.unmetRequirement(e.compileNow())
}

// unmetRequirement returns the error of a call that requires native code which could not be compiled because of err.
func (e *typeCodec) unmetRequirement(err error) error {
	if err == nil || errors.Is(err, jit.ErrNoDefaultYet) {
		return nil // the type's InitDefault is running and has come here: reflection serves it
	}
	return usageError(e.typ, "cannot be compiled: %w", err)
}

// compile makes the native code; concurrent callers share one compilation. The error says why there is none.
func (e *typeCodec) compile(pause func()) error {
	n := &e.native
	n.lock.Lock()
	defer n.lock.Unlock()
	if n.codec.Load() != nil || n.err != nil {
		return n.err
	}
	codec, err := jit.CompileInSteps(e.schema, formats[e.format].native, pause)
	if errors.Is(err, jit.ErrNoDefaultYet) {
		n.use.Store(0) // to be asked for again
		return err
	}
	if err != nil {
		n.err = err
		return err
	}
	nativeTypes.Add(1)
	countCode(codec.Info())
	n.codec.Store(codec)
	return nil
}

// countCode adds new code to the counts of the process.
func countCode(made jit.Info) {
	codeBytes.Add(int64(made.CodeBytes))
	compileTime.Add(int64(made.CompileTime))
}

// countReflectCall counts a call that reflection has served, with n bytes. If native code had refused it and reflection has
// not, one of them is wrong.
func (e *typeCodec) countReflectCall(refused bool, c *config, bytes int, err error) {
	reflectCalls.Add(1)
	if !refused {
		e.recordUse(c, bytes)
	} else if c.allowNative && err == nil {
		refusals.Add(1)
	}
}
