package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// An alarm wakes a goroutine on time. Go's own timers wake a process that is otherwise idle up to a millisecond late, which
// would be most of a call's time.
type alarm struct {
	timer *os.File // a timerfd, for which Go's poller waits as for a connection
	ticks []byte   // what reading it yields
}

func newAlarm() (*alarm, error) {
	file, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &alarm{timer: os.NewFile(uintptr(file), "timerfd"), ticks: make([]byte, 8)}, nil
}

func (a *alarm) sleep(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	raw, err := a.timer.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Control(func(file uintptr) {
		failure = unix.TimerfdSettime(int(file), 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil)
	})
	if err == nil {
		err = failure
	}
	if err == nil {
		_, err = a.timer.Read(a.ticks)
	}
	return err
}

func (a *alarm) close() { a.timer.Close() }
