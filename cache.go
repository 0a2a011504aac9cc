package tagwire

import (
	"math/bits"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/schema"
)

// codecTable finds the codecs of one format by type without a lock: a hash table with open addressing whose slots are only
// ever filled, and which is replaced by a larger one before it is half full. Each codec is there twice: under its struct
// type and under that of pointers to it.
type codecTable struct {
	slots []atomic.Pointer[tableEntry] // a power of two of them
	shift int                          // what makes a hash an index
	types int                          // how many types are in it; only a holder of codecTablesLock looks
}

// tableEntry is a codec under one of its types.
type tableEntry struct {
	key uintptr
	typ reflect.Type // so that nothing else gets the key
	*typeCodec
}

// keyOf returns what no other type that is alive has: the address of t. Numbers are compared without a call.
func keyOf(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

func newCodecTable(size int) *codecTable {
	return &codecTable{slots: make([]atomic.Pointer[tableEntry], size), shift: 64 - bits.Len(uint(size-1))}
}

// home returns the slot at which the search for a key begins.
func (c *codecTable) home(key uintptr) int {
	// Multiplying by an odd number close to 2^64 divided by the golden ratio spreads the bits to the top.
	return int(uint64(key) * 0x9e3779b97f4a7c15 >> c.shift)
}

// find returns the codec of t, a struct or a pointer to one, or nil.
func (c *codecTable) find(t reflect.Type) *typeCodec {
	key := keyOf(t)
	for i := c.home(key); ; i = (i + 1) & (len(c.slots) - 1) {
		e := c.slots[i].Load()
		if e == nil {
			return nil
		}
		if e.key == key {
			return e.typeCodec
		}
	}
}

// add enters e, for whose type there is no entry yet.
func (c *codecTable) add(e *tableEntry) {
	i := c.home(e.key)
	for c.slots[i].Load() != nil {
		i = (i + 1) & (len(c.slots) - 1)
	}
	c.slots[i].Store(e)
}

// codecTables holds, for each format, the codec of each type in use. Only a holder of codecTablesLock adds to it.
var (
	codecTables     [formatCount]atomic.Pointer[codecTable]
	codecTablesLock sync.Mutex
	typeCount       atomic.Int64
)

func init() {
	for i := range codecTables {
		codecTables[i].Store(newCodecTable(64))
	}
}

// typeCodecOf returns the codec of a struct type in a format, made on first use.
func typeCodecOf(t reflect.Type, f Format) (*typeCodec, error) {
	if e := codecTables[f].Load().find(t); e != nil {
		return e, nil
	}
	s, err := formats[f].language.Of(t) // outside of the lock: it may call InitDefault, which may come here again
	if err != nil {
		return nil, err
	}
	return addTypeCodec(t, s, f), nil
}

func addTypeCodec(t reflect.Type, s *schema.StructType, f Format) *typeCodec {
	codecTablesLock.Lock()
	defer codecTablesLock.Unlock()
	table := codecTables[f].Load()
	if e := table.find(t); e != nil {
		return e
	}
	if 4*(table.types+1) > len(table.slots) {
		larger := newCodecTable(2 * len(table.slots))
		larger.types = table.types
		for i := range table.slots {
			if e := table.slots[i].Load(); e != nil {
				larger.add(e)
			}
		}
		table = larger
		codecTables[f].Store(table)
	}
	e := &typeCodec{typ: t, format: f, schema: s, plain: formats[f].plain(s), aliases: sync.OnceValue(s.Aliases)}
	for _, t := range []reflect.Type{t, reflect.PointerTo(t)} {
		table.add(&tableEntry{keyOf(t), t, e})
	}
	table.types++
	typeCount.Add(1)
	return e
}

// plainDefaults: without options any type that is known can be used as it is.
var plainDefaults = environment.err == nil && !defaults.requireNative

// fastLookup returns the codec of what v points to and the address, for calls without options: the shortest way for types that
// have been used before. The codec is nil where the long way has to be taken.
func fastLookup(v any, options []Option) (*typeCodec, unsafe.Pointer) {
	if len(options) > 0 || v == nil || !plainDefaults {
		return nil, nil
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Pointer {
		return nil, nil
	}
	e := codecTables[ThriftBinary].Load().find(r.Type())
	if e == nil {
		return nil, nil
	}
	return e, r.UnsafePointer()
}
