package tagwire

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire/jit"
)

// Under Auto a type begins on reflection and is compiled in the background once it has been used enough. Compiling costs
// as much as tens of calls with large messages and thousands with small ones, so types that are used now and then are left
// alone. A call counts 1, and 1 more for each bytesOfUse of its message.
const (
	enoughUse  = 64
	bytesOfUse = 4 << 10
)

// recordUse notes a call that reflection has served, and has the type compiled when that makes it enough.
func (e *typeCodec) recordUse(c *config, bytes int) {
	use := &e.native.use
	if !c.allowNative || use.Load() >= enoughUse {
		return
	}
	count := uint32(min(1+bytes/bytesOfUse, enoughUse))
	if now := use.Add(count); now >= enoughUse && now-count < enoughUse { // this call, and no other
		background.ask(e)
	}
}

// background compiles what has been used enough.
var background backgroundCompiler

// A backgroundCompiler compiles types one after the other, in a goroutine that ends when there are no more.
type backgroundCompiler struct {
	lock    sync.Mutex
	waiting []*typeCodec
	working bool
}

// ask has e compiled soon.
func (b *backgroundCompiler) ask(e *typeCodec) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.waiting = append(b.waiting, e)
	if !b.working {
		b.working = true
		go b.work()
	}
}

// next returns the type to compile, or nil to end with.
func (b *backgroundCompiler) next() *typeCodec {
	b.lock.Lock()
	defer b.lock.Unlock()
	if len(b.waiting) == 0 {
		b.waiting, b.working = nil, false
		return nil
	}
	e := b.waiting[0]
	b.waiting[0] = nil
	b.waiting = b.waiting[1:]
	return e
}

// work compiles until nothing waits. What fails stays on reflection; EngineOf has the reason.
func (b *backgroundCompiler) work() {
	for e := b.next(); e != nil; e = b.next() {
		_ = e.compile(yield)
		if e.native.direct.asked.Load() {
			_ = e.compileDirect(yield)
		}
	}
}

// waiters counts the goroutines that wait for code.
var waiters atomic.Int32

// yield lets others run first, unless one of them waits for the code that is being made or will be made next.
func yield() {
	if waiters.Load() == 0 {
		runtime.Gosched()
	}
}

// compileNow is compile for a caller that waits.
func (e *typeCodec) compileNow() error {
	waiters.Add(1)
	defer waiters.Add(-1)
	return e.compile(func() {})
}

// prepare makes the native code if it can be had and the configuration has use for it. The error says why there is none;
// reflection serves the type then.
func (e *typeCodec) prepare(c *config) error {
	if !c.allowNative || e.native.codec.Load() != nil {
		return nil
	}
	if err := jit.Available(); err != nil {
		return err
	}
	return e.compileNow()
}
