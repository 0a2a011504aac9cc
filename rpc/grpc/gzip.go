package grpc

import (
	"compress/gzip"
	"io"
	"sync"
)

// gzipCompressor is gzip at its default level. Its writers and readers are used again, which saves hundreds of kilobytes a message.
type gzipCompressor struct{ writers, readers sync.Pool }

func (g *gzipCompressor) Name() string { return "gzip" }

func (g *gzipCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	if made, ok := g.writers.Get().(*gzipWriter); ok {
		made.Reset(w)
		return made, nil
	}
	return &gzipWriter{gzip.NewWriter(w), g}, nil
}

type gzipWriter struct {
	*gzip.Writer
	of *gzipCompressor
}

// Close writes the rest, and takes the writer back.
func (w *gzipWriter) Close() error {
	err := w.Writer.Close()
	w.Reset(io.Discard) // so that it does not keep what was written to
	w.of.writers.Put(w)
	return err
}

func (g *gzipCompressor) Decompress(r io.Reader) (io.Reader, error) {
	made, ok := g.readers.Get().(*gzipReader)
	if !ok {
		made = &gzipReader{Reader: new(gzip.Reader), of: g}
	}
	if err := made.Reset(r); err != nil {
		g.readers.Put(made)
		return nil, err
	}
	return made, nil
}

// gzipReader is taken back at the end of what it reads, or after an error: nobody reads on. If it is not read so far, it is left to the
// garbage collector.
type gzipReader struct {
	*gzip.Reader
	of *gzipCompressor
}

func (r *gzipReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		r.of.readers.Put(r)
	}
	return n, err
}
