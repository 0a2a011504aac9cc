//go:build !linux

package socket

import "syscall"

func ignoreData(syscall.RawConn) (undo func()) { return func() {} }
func ignoreConnects(syscall.RawConn)           {}

func waiting(syscall.RawConn) bool { return false }
