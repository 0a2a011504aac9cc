package transport

// Used returns how many bytes are held.
func (b *Budget) Used() int64 { return b.used.Load() }

// Limit returns how many may be held.
func (b *Budget) Limit() int64 { return b.limit }
