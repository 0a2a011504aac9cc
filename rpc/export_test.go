package rpc

// MemoryUsed returns how many bytes the server's connections hold.
func (s *Server) MemoryUsed() int64 { return s.memory.Used() }
