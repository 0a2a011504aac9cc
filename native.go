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
	reflectCalls, refusals atomic.Uint64
	codeBytes, compileTime atomic.Int64
)

// compiled is the native code of a type, made when it is first asked for.
type compiled struct {
	codec atomic.Pointer[jit.Codec]
	lock  sync.Mutex // held while compiling
	err   error      // why there will be none; guarded by lock
}

// engineFor returns the engine of a struct type, compiled if the configuration wants that.
func engineFor(t reflect.Type, c *config) (*engine, error) {
	e, err := engineOf(t)
	if err != nil || !c.native || e.native.codec.Load() != nil {
		return e, err
	}
	return e, e.compile()
}

// compile makes the native code, once however many ask for it.
func (e *engine) compile() error {
	n := &e.native
	n.lock.Lock()
	defer n.lock.Unlock()
	if n.codec.Load() != nil || n.err != nil {
		return n.err
	}
	codec, err := jit.Compile(e.schema)
	if errors.Is(err, jit.ErrNoDefaultYet) {
		return nil // the type's InitDefault is running and has come here: reflection serves it
	}
	if err != nil {
		n.err = misuse(e.typ, "cannot be compiled: %w", err)
		return n.err
	}
	codeBytes.Add(int64(codec.Info().CodeBytes))
	compileTime.Add(int64(codec.Info().CompileTime))
	n.codec.Store(codec)
	return nil
}

// replayed counts a call that reflection has served. If native code had refused it and reflection has not, one of them
// is wrong.
func (e *engine) replayed(native *jit.Codec, c *config, err error) {
	reflectCalls.Add(1)
	if native != nil && c.native && err == nil {
		refusals.Add(1)
	}
}
