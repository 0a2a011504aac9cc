//go:build !linux

package socket

import "syscall"

func ignoreData(syscall.RawConn) (done bool, undo func())     { return false, func() {} }
func ignoreConnects(syscall.RawConn) (done bool, undo func()) { return false, func() {} }

func waiting(syscall.RawConn) bool { return false }
