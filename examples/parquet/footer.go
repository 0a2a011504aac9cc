// Package parquet reads and writes the footers of Apache Parquet files: FileMetaData in Thrift Compact, described by
// nothing but tagged structs.
//
// The structs follow the public definition of the format, parquet.thrift, in version 2.13, with the INT96_TIMESTAMP_ORDER
// that came after it. Optional fields are pointers, or slices that are nil if absent. What a newer writer adds to a struct is
// kept and written back.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tagwire/tagwire"
)

// What ReadFooter and ReadEncryptedFooter refuse besides errors of r and those of tagwire.
var (
	ErrNotParquet   = errors.New("parquet: not a Parquet file")
	ErrFooterLength = errors.New("parquet: impossible length of the footer")
	ErrEncrypted    = errors.New("parquet: the footer is encrypted")
	ErrNotEncrypted = errors.New("parquet: the footer is not encrypted")
	ErrTrailing     = errors.New("parquet: bytes behind the metadata")
)

// A file is magic, pages, footer, length of the footer, magic.
const (
	magic          = "PAR1"
	encryptedMagic = "PARE" // of files with an encrypted footer
	lengthSize     = 4
	endSize        = lengthSize + len(magic)
	leastSize      = len(magic) + endSize
	signatureSize  = 28       // of a signed footer: a nonce of 12 bytes and a tag of 16
	tailSize       = 64 << 10 // read at once from the end of a file: a footer and what is behind it, if it is not large
)

// Limits bound what a footer may cost. Zeros stand for the defaults.
type Limits struct {
	Footer int // bytes of the footer in the file: 256 MiB by default
	Memory int // bytes allocated for the decoded value: 1 GiB by default
}

func (l Limits) footer() int {
	if l.Footer <= 0 {
		return 256 << 20
	}
	return l.Footer
}

func (l Limits) memory() int {
	if l.Memory <= 0 {
		return 1 << 30
	}
	return l.Memory
}

// ReadFooter reads the metadata of a file of size bytes. The signature of a signed footer is not verified.
func ReadFooter(r io.ReaderAt, size int64, limits Limits) (*FileMetaData, error) {
	footer, encrypted, err := readFooter(r, size, limits)
	if err != nil {
		return nil, err
	}
	if encrypted {
		return nil, ErrEncrypted
	}
	metaData, n, err := Decode(footer, limits)
	if err != nil {
		return nil, err
	}
	if rest := len(footer) - n; rest != 0 && (rest != signatureSize || metaData.EncryptionAlgorithm == nil) {
		return nil, fmt.Errorf("%w: %d", ErrTrailing, rest)
	}
	return metaData, nil
}

// ReadEncryptedFooter reads what stands before the encrypted metadata of a file of size bytes, and the encrypted metadata.
func ReadEncryptedFooter(r io.ReaderAt, size int64, limits Limits) (*FileCryptoMetaData, []byte, error) {
	footer, encrypted, err := readFooter(r, size, limits)
	if err != nil {
		return nil, nil, err
	}
	if !encrypted {
		return nil, nil, ErrNotEncrypted
	}
	crypto := new(FileCryptoMetaData)
	n, err := decode(footer, crypto, limits)
	if err != nil {
		return nil, nil, err
	}
	return crypto, footer[n:], nil
}

// Decode decodes the metadata that data begins with, and tells how many bytes it has. Strings and byte slices of the result
// alias data, which must not change.
func Decode(data []byte, limits Limits) (*FileMetaData, int, error) {
	metaData := new(FileMetaData)
	n, err := decode(data, metaData, limits)
	if err != nil {
		return nil, 0, err
	}
	return metaData, n, nil
}

func decode(data []byte, target any, limits Limits, options ...tagwire.Option) (int, error) {
	options = append(options, tagwire.WithFormat(tagwire.ThriftCompact), tagwire.WithZeroCopy(), tagwire.WithMaxAlloc(limits.memory()))
	n, err := tagwire.Decode(data, target, options...)
	if err != nil {
		return 0, fmt.Errorf("parquet: decoding the footer: %w", err)
	}
	return n, nil
}

// AppendFooter appends what a file without encryption ends with: the metadata, its length, the magic.
func AppendFooter(dst []byte, metaData *FileMetaData) ([]byte, error) {
	start := len(dst)
	dst, err := tagwire.Append(dst, metaData, tagwire.WithFormat(tagwire.ThriftCompact))
	if err != nil {
		return dst[:start], fmt.Errorf("parquet: encoding the footer: %w", err)
	}
	length := len(dst) - start
	if uint64(length) > 1<<32-1 {
		return dst[:start], fmt.Errorf("%w: %d bytes", ErrFooterLength, length)
	}
	return append(binary.LittleEndian.AppendUint32(dst, uint32(length)), magic...), nil
}

// readFooter reads the footer without its length and magic. The bytes are the caller's.
func readFooter(r io.ReaderAt, size int64, limits Limits) (footer []byte, encrypted bool, err error) {
	if size < int64(leastSize) {
		return nil, false, fmt.Errorf("%w: %d bytes", ErrNotParquet, size)
	}
	var start [len(magic)]byte
	if err := readAt(r, start[:], 0); err != nil {
		return nil, false, fmt.Errorf("parquet: reading the start of the file: %w", err)
	}
	tail := make([]byte, min(size-int64(len(magic)), tailSize))
	if err := readAt(r, tail, size-int64(len(tail))); err != nil {
		return nil, false, fmt.Errorf("parquet: reading the end of the file: %w", err)
	}
	tail, end := tail[:len(tail)-endSize], tail[len(tail)-endSize:]
	last := string(end[lengthSize:])
	if last != magic && last != encryptedMagic || string(start[:]) != last {
		return nil, false, fmt.Errorf("%w: it begins with %q and ends with %q", ErrNotParquet, start[:], last)
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length == 0 || length > size-int64(leastSize) {
		return nil, false, fmt.Errorf("%w: %d bytes in a file of %d", ErrFooterLength, length, size)
	}
	if length > int64(limits.footer()) {
		return nil, false, fmt.Errorf("%w: %d bytes, and the limit is %d", ErrFooterLength, length, limits.footer())
	}
	if length <= int64(len(tail)) {
		return tail[int64(len(tail))-length:], last == encryptedMagic, nil
	}
	footer = make([]byte, length)
	missing := footer[:length-int64(len(tail))]
	copy(footer[len(missing):], tail)
	if err := readAt(r, missing, size-int64(endSize)-length); err != nil {
		return nil, false, fmt.Errorf("parquet: reading the footer: %w", err)
	}
	return footer, last == encryptedMagic, nil
}

// readAt fills buf. An io.ReaderAt may report io.EOF with the last byte of a file.
func readAt(r io.ReaderAt, buf []byte, offset int64) error {
	n, err := r.ReadAt(buf, offset)
	if n == len(buf) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
