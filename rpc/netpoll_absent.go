//go:build !((darwin || netbsd || freebsd || openbsd || dragonfly || linux) && (amd64 || arm64 || loong64 || riscv64 || ppc64le || s390x))

package rpc

import (
	"context"
	"errors"
	"net"
	"time"
)

// Where netpoll does not exist, package net does its work.

func dialLink(ctx context.Context, e Endpoint, timeout time.Duration) (link, error) {
	return dialNet(ctx, e, timeout)
}

func newLoop(s *Server, l net.Listener) (loop, error) { return newNetLoop(s, l), nil }

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isClosed(err error) bool { return isClosedNet(err) }
