package rpc

import "time"

// Tests do not wait long for what happens to idle connections.
func init() { parkAfter, watchAfter = 100*time.Millisecond, 100*time.Millisecond }

// MemoryUsed returns how many bytes the server's connections hold.
func (s *Server) MemoryUsed() int64 { return s.memory.Used() }

// Sleeps reports that the server has nothing to look after: no connection has a goroutine, and nothing ticks.
func (s *Server) Sleeps() bool {
	return s.janitor.awake.Load() == 0 && s.janitor.busy.Load() == 0 && s.janitor.asleep.Load()
}
