package transport

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// tableIndex is where a Watch stands in the poller's table. The kernel has it instead of a pointer. An event for an
// index with an older generation is late, and is dropped.
type tableIndex struct {
	index      int32
	generation int32 // from 1
}

// poller waits for descriptors with an epoll instance of its own. The goroutine that does it waits for that instance in
// the runtime's poller, and so does not hold a thread.
type poller struct {
	file *os.File // the epoll instance
	fd   int

	lock  sync.Mutex
	table []watched
	free  []int32
}

type watched struct {
	watch      *Watch // nil if free
	generation int32
}

// shared is the poller of the process. It is made when first needed, and again with each connection while that fails, such as
// for want of descriptors.
var shared struct {
	made atomic.Pointer[poller]
	lock sync.Mutex // held while it is made
}

func sharedPoller() *poller {
	if p := shared.made.Load(); p != nil {
		return p
	}
	shared.lock.Lock()
	defer shared.lock.Unlock()
	if shared.made.Load() == nil {
		shared.made.Store(newPoller()) // nil if that fails
	}
	return shared.made.Load()
}

func newPoller() *poller {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	raw, err := p.file.SyscallConn()
	if err != nil {
		_ = p.file.Close()
		return nil
	}
	go p.run(raw)
	return p
}

// run serves events for as long as the process lives.
func (p *poller) run(raw rawConn) {
	events := make([]syscall.EpollEvent, 128)
	for {
		var n int
		err := raw.Read(func(fd uintptr) bool {
			var err error
			n, err = syscall.EpollWait(int(fd), events, 0)
			return n > 0 || err != nil && err != syscall.EINTR
		})
		if err != nil {
			// The runtime does not watch epoll instances here, so this goroutine waits with its thread.
			n, _ = syscall.EpollWait(p.fd, events, -1)
		}
		for _, e := range events[:max(n, 0)] {
			if w := p.find(tableIndex{e.Fd, e.Pad}); w != nil {
				w.ready()
			}
		}
	}
}

func (p *poller) find(at tableIndex) *Watch {
	p.lock.Lock()
	defer p.lock.Unlock()
	if entry := p.table[at.index]; entry.generation == at.generation {
		return entry.watch
	}
	return nil
}

// watchDescriptor begins to watch w's descriptor, for one event, and returns its index, or none if that fails.
func watchDescriptor(w *Watch) tableIndex {
	p := sharedPoller()
	if p == nil {
		return tableIndex{}
	}
	at := p.enter(w)
	event := syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT,
		Fd:     at.index, Pad: at.generation,
	}
	if !p.control(w, syscall.EPOLL_CTL_ADD, &event) {
		p.leave(at)
		return tableIndex{}
	}
	return at
}

// forgetDescriptor ends that.
func forgetDescriptor(w *Watch) {
	p := sharedPoller()
	p.control(w, syscall.EPOLL_CTL_DEL, &syscall.EpollEvent{}) // fails if it is closed, and then it is forgotten
	p.leave(w.index)
}

// control changes what the kernel watches. The descriptor stays open meanwhile.
func (p *poller) control(w *Watch, operation int, event *syscall.EpollEvent) bool {
	var failure error
	err := w.raw.Control(func(fd uintptr) { failure = syscall.EpollCtl(p.fd, operation, int(fd), event) })
	return err == nil && failure == nil
}

// enter puts w into the table.
func (p *poller) enter(w *Watch) tableIndex {
	p.lock.Lock()
	defer p.lock.Unlock()
	if len(p.free) == 0 {
		p.free = append(p.free, int32(len(p.table)))
		p.table = append(p.table, watched{})
	}
	index := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	entry := &p.table[index]
	if entry.generation++; entry.generation <= 0 {
		entry.generation = 1
	}
	entry.watch = w
	return tableIndex{index, entry.generation}
}

// leave takes a Watch out of the table.
func (p *poller) leave(at tableIndex) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.table[at.index].watch = nil
	p.free = append(p.free, at.index)
}

// startPoller makes the poller while the first connection is made, so that its goroutine belongs to no later one.
func startPoller() { sharedPoller() }
