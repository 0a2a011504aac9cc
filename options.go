package tagwire

import "github.com/tagwire/tagwire/codec"

// Option is a setting of one call or of a [Codec]. Make one with a With function; the zero Option sets
// nothing.
type Option struct {
	id    optionID
	value int
}

type optionID uint8

const (
	optionEngine optionID = iota + 1
	optionFormat
	optionZeroCopy
	optionOwnedStrings
	optionDeterministic
	optionMaxDepth
	optionMaxSize
	optionMaxAlloc
	optionMerge
)

// Engine selects the implementation that encodes and decodes.
type Engine uint8

const (
	// Auto starts with reflection and changes to native code after some use, where native code can run; see Compile. It leaves
	// decoding messages of a few bytes to reflection, which is faster there.
	Auto Engine = iota
	// Native is machine code compiled at run time. Asking for it is an error where it cannot run.
	Native
	// Reflect is the codec over reflection; it serves every type on every platform.
	Reflect
)

// String returns "auto", "native" or "reflect".
func (e Engine) String() string {
	switch e {
	case Native:
		return "native"
	case Reflect:
		return "reflect"
	}
	return "auto"
}

// WithEngine chooses the engine; the default is Auto, or what the environment variable TAGWIRE_ENGINE says
// ("native" or "reflect").
func WithEngine(e Engine) Option { return Option{optionEngine, int(e)} }

// WithFormat chooses the wire format; the default is ThriftBinary.
func WithFormat(f Format) Option { return Option{optionFormat, int(f)} }

// WithZeroCopy makes decoded strings and binaries alias the input, which must then stay unchanged for as long
// as the value is in use.
func WithZeroCopy() Option { return Option{optionZeroCopy, 1} }

// WithOwnedStrings gives every decoded string, binary and list of numbers an allocation of its own. Without it small ones,
// and the scalars that pointers such as *int32 lead to, share allocations of at most 8 KiB, also with those of other
// messages, so keeping one keeps its neighbours' memory. With it, what pointers lead to, scalars and structs, and short
// lists of anything but numbers share memory with others of the same message and type at most.
func WithOwnedStrings() Option { return Option{optionOwnedStrings, 1} }

// WithDeterministic writes map entries in the order of their keys, so that equal values have equal bytes. A call takes
// memory for all entries of a map while it writes them.
func WithDeterministic() Option { return Option{optionDeterministic, 1} }

// WithMaxDepth limits how many structs, lists, sets and maps may be open at once; the top struct is the first. In Protobuf only messages
// and groups count.
// The default is 1000, which n < 1 stands for; 100000 is the most.
func WithMaxDepth(n int) Option { return Option{optionMaxDepth, n} }

// WithMaxSize limits the bytes of input that a decode uses or that an encode produces. By default, and with
// n < 1, there is no limit.
func WithMaxSize(n int) Option { return Option{optionMaxSize, n} }

// WithMaxAlloc limits the bytes that one decode allocates for the value it builds. By default, and with n < 1,
// there is no limit but the one that follows from the length of the input.
func WithMaxAlloc(n int) Option { return Option{optionMaxAlloc, n} }

// WithMerge makes a decode of Protobuf merge the message into its target, which is reset first without it: scalars are replaced, lists
// lengthened, entries of maps replaced one by one, and messages merged in turn. Where an input is refused, the target may have a part of it.
func WithMerge() Option { return Option{optionMerge, 1} }

// config is what options add up to. Its limits are resolved.
type config struct {
	codec.Settings
	engine Engine
	format Format
	// allowNative: native code may serve. requireNative: nothing else may, as far as it goes. Both follow from engine.
	allowNative, requireNative bool
}

// defaults are the settings without options. They are never written to.
var defaults = func() (c config) {
	c.settle()
	return c
}()

// configOf returns what the options add up to, in local if there are any; the last of two that contradict each
// other wins.
func configOf(options []Option, local *config) *config {
	if len(options) == 0 {
		return &defaults
	}
	local.apply(options)
	local.settle()
	return local
}

// settle computes what follows from the options.
func (c *config) settle() {
	c.allowNative = c.engine == Native || c.engine == Auto && environment.engine != Reflect
	c.requireNative = c.engine == Native || c.engine == Auto && environment.engine == Native
	c.Limits = c.Resolved()
	if c.format == Protobuf {
		c.Size = min(c.Size, mostProtobuf)
	}
}

// mostProtobuf is how many bytes a message of Protobuf may have.
const mostProtobuf = 1<<31 - 1

func (c *config) apply(options []Option) {
	for _, o := range options {
		switch o.id {
		case optionEngine:
			c.engine = Engine(o.value)
		case optionFormat:
			c.format = Format(o.value)
		case optionZeroCopy:
			c.ZeroCopy = true
		case optionOwnedStrings:
			c.OwnedStrings = true
		case optionDeterministic:
			c.Deterministic = true
		case optionMaxDepth:
			c.Depth = o.value
		case optionMaxSize:
			c.Size = o.value
		case optionMaxAlloc:
			c.Alloc = o.value
		case optionMerge:
			c.Merge = true
		}
	}
}
