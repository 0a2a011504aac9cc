package grpc

// AddHeader adds metadata to what is sent before the reply; see [SetHeader].
func (h *Handling) AddHeader(m Metadata) error {
	return h.add(m, func(h *Handling) (*Metadata, bool) { return &h.header, h.headerSent })
}

// Join adds the values of other to those of m, and returns m, which it makes if it is nil and other is not empty.
func (m Metadata) Join(other Metadata) Metadata { return m.join(other) }
