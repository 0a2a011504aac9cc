//go:build !(darwin || netbsd || freebsd || openbsd || dragonfly || linux)

package rpc

import (
	"net"
	"runtime"

	"github.com/cloudwego/netpoll"
)

// supported tells that netpoll, which connections run on, does not exist here.
var supported error = contractError("", "connections do not exist for %s yet: netpoll, which they run on, does not", runtime.GOOS)

func newListener(net.Listener, func(net.Addr) bool) (netpoll.Listener, error) { return nil, supported }

func hangUp(int) {}

func waitUntilWatched(netpoll.Listener) {}
