package transport

// Detached is the memory of a message's body that was taken out of a connection's input, so that the owner reads on while others use
// the body. It is charged to the connection. The zero Detached is none.
type Detached struct {
	conn   *Conn
	buf    []byte
	copied bool // buf is from getBuffer
}

// Detach takes the body of the message that was read out of the input, and returns where it is. A long one keeps the input's memory.
// The message is released then, also where memory for what follows on it is missing, which is the error.
func (c *Conn) Detach(body []byte) (moved []byte, d Detached, err error) {
	if len(body) > keptBuffer {
		c.Charge(len(body))
		return body, Detached{conn: c, buf: body}, c.Keep()
	}
	d = Detached{conn: c, buf: getBuffer(len(body)), copied: true}
	c.Charge(len(d.buf))
	moved = d.buf[:copy(d.buf, body)]
	c.Release()
	return moved, d, nil
}

// Free gives the memory back, to be used again if nothing refers to the body. It may be called again.
func (d *Detached) Free(reusable bool) {
	if d.conn == nil {
		return
	}
	d.conn.Charge(-len(d.buf))
	if d.copied && reusable {
		putBuffer(d.buf)
	}
	*d = Detached{}
}

// Allocate returns n bytes of memory that are charged to the connection, and waits for them as reading does.
func (c *Conn) Allocate(n int) (Detached, error) {
	size := bufferSize(n)
	if err := c.Reserve(size); err != nil {
		return Detached{}, err
	}
	return Detached{conn: c, buf: getBuffer(n), copied: true}, nil
}

// Memory returns all of the memory.
func (d *Detached) Memory() []byte { return d.buf }

// Trusted returns how many bytes that have not arrived memory may be made for.
func (c *Conn) Trusted() int { return c.trusted() }
