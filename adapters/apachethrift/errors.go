package apachethrift

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
)

var errNoPointer = thrift.NewTProtocolExceptionWithType(thrift.NOT_IMPLEMENTED,
	errors.New("apachethrift: Of needs a pointer to a struct"))

// codes are what Apache's library calls the faults. The first that matches counts.
var codes = []struct {
	fault error
	code  int
}{
	{tagwire.ErrNegativeSize, thrift.NEGATIVE_SIZE},
	{tagwire.ErrSizeLimit, thrift.SIZE_LIMIT},
	{tagwire.ErrDepthLimit, thrift.DEPTH_LIMIT},
	{tagwire.ErrInvalidData, thrift.INVALID_DATA},
	{tagwire.ErrUnsupportedType, thrift.NOT_IMPLEMENTED},
	{tagwire.ErrInvalidTag, thrift.NOT_IMPLEMENTED},
}

// exception returns err, an error of package tagwire, as Apache's library reports the fault.
func exception(err error) error {
	for _, c := range codes {
		if errors.Is(err, c.fault) {
			return thrift.NewTProtocolExceptionWithType(c.code, err)
		}
	}
	if errors.Is(err, tagwire.ErrShortBuffer) {
		err = fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	}
	return thrift.NewTProtocolException(err)
}

// mayBeCut reports that err, an error of decoding, may come of data that end too early.
func mayBeCut(err error) bool {
	return errors.Is(err, tagwire.ErrShortBuffer) || errors.Is(err, tagwire.ErrSizeLimit)
}

// refusal returns an error that data or protocols are at fault for.
func refusal(code int, format string, args ...any) error {
	return thrift.NewTProtocolExceptionWithType(code, fmt.Errorf("apachethrift: "+format, args...))
}
