package grpc

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/rpc/message"
)

// Metadata is what travels beside the messages of a call: header fields of the user's own, in requests, before replies and behind them. Keys
// are in lower case, and several values of a key keep their order.
//
// A key has letters, digits, and the characters - _ and . alone. Its values are printable ASCII that neither begins nor ends with a space,
// or, if the key ends in -bin, any bytes: those travel in base64, which nobody but this package sees. The names that gRPC and HTTP/2
// use themselves are reserved: those that begin with : or grpc-, user-agent, content-type and those of connections, see [Reserved].
type Metadata map[string][]string

// Pairs returns metadata of keys, each with a value behind it. A last key without a value is left out.
func Pairs(keysAndValues ...string) Metadata {
	m := make(Metadata, len(keysAndValues)/2)
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		m.Add(keysAndValues[i], keysAndValues[i+1])
	}
	return m
}

// Get returns the first value of a key, in whatever case, "" if there is none.
func (m Metadata) Get(key string) string {
	if values := m[strings.ToLower(key)]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values returns the values of a key, in whatever case. They belong to m.
func (m Metadata) Values(key string) []string { return m[strings.ToLower(key)] }

// Set makes values those of a key, in whatever case.
func (m Metadata) Set(key string, values ...string) { m[strings.ToLower(key)] = values }

// Add adds values to those of a key, in whatever case.
func (m Metadata) Add(key string, values ...string) {
	key = strings.ToLower(key)
	m[key] = append(slices.Clip(m[key]), values...)
}

// Clone returns a copy, nil of nil.
func (m Metadata) Clone() Metadata {
	if m == nil {
		return nil
	}
	made := make(Metadata, len(m))
	for key, values := range m {
		made[key] = slices.Clone(values)
	}
	return made
}

// join adds the values of other to those of m, and returns m, which it makes if it is nil and other is not empty.
func (m Metadata) join(other Metadata) Metadata {
	if m == nil && len(other) > 0 {
		m = make(Metadata, len(other))
	}
	for key, values := range other {
		m.Add(key, values...)
	}
	return m
}

// binarySuffix is how keys end whose values are any bytes.
const binarySuffix = "-bin"

// reserved are the names that do not begin with : or grpc-, and are no metadata.
var reserved = map[string]bool{
	"content-type": true, "content-length": true, "user-agent": true, "host": true, "te": true, "trailer": true,
	"connection": true, "keep-alive": true, "proxy-connection": true, "transfer-encoding": true, "upgrade": true,
}

// Reserved reports whether a name, in lower case, is one that gRPC or HTTP/2 uses itself. Such a field is no metadata: it is left out
// where it is received, and an error where it is to be sent.
func Reserved(name string) bool {
	return name == "" || name[0] == ':' || strings.HasPrefix(name, "grpc-") || reserved[name]
}

// Check returns an error, with CodeEncode, if m cannot be sent.
func (m Metadata) Check() error {
	for key, values := range m {
		name := strings.ToLower(key)
		switch {
		case Reserved(name):
			return notSent("the key %q is reserved", key)
		case !validKey(name):
			return notSent("the key %q has other characters than letters, digits, - _ and .", key)
		case strings.HasSuffix(name, binarySuffix):
			continue
		}
		for _, value := range values {
			if !validValue(value) {
				return notSent("a value of the key %q is not printable ASCII, or has a space at its end; give the key the suffix -bin", key)
			}
		}
	}
	return nil
}

func notSent(format, key string) error {
	return &message.Error{Code: message.CodeEncode, Message: "metadata: " + fmt.Sprintf(format, key)}
}

// Fields calls emit for each header field that stands for m, with a name in lower case and an encoded value. The error is that of Check, and
// then nothing is emitted.
func (m Metadata) Fields(emit func(name, value string)) error {
	if err := m.Check(); err != nil {
		return err
	}
	for key, values := range m {
		name := strings.ToLower(key)
		binary := strings.HasSuffix(name, binarySuffix)
		for _, value := range values {
			if binary {
				value = base64.RawStdEncoding.EncodeToString([]byte(value))
			}
			emit(name, value)
		}
	}
	return nil
}

// mostValues is how many values one field with any bytes may have: a comma in a field is less than what a value costs in memory.
const mostValues = 256

// AddField adds a header field as it was received, with a name in lower case. Reserved ones are left out. The error is a *Status, about a
// value that is not in base64 and should be, or about hundreds of values in one field. It makes the map for the first field that is
// added, and allocates nothing before.
func (m *Metadata) AddField(name, value string) error {
	if Reserved(name) {
		return nil
	}
	values := []string{value}
	if strings.HasSuffix(name, binarySuffix) {
		if values = strings.SplitN(value, ",", mostValues+1); len(values) > mostValues {
			return malformed(name, value)
		}
		for i, encoded := range values {
			data, err := decodeBinary(strings.Trim(encoded, " \t"))
			if err != nil {
				return malformed(name, value)
			}
			values[i] = string(data)
		}
	}
	if *m == nil {
		*m = Metadata{}
	}
	if had := (*m)[name]; had != nil {
		values = append(had, values...)
	}
	(*m)[name] = values
	return nil
}

// decodeBinary decodes base64, with padding or without.
func decodeBinary(value string) ([]byte, error) {
	if len(value)%4 == 0 {
		return base64.StdEncoding.DecodeString(value)
	}
	return base64.RawStdEncoding.DecodeString(value)
}

// validKey reports whether key, in lower case, may be sent.
func validKey(key string) bool {
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return key != ""
}

// validValue reports whether value may be sent as it is.
func validValue(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return value == "" || value[0] != ' ' && value[len(value)-1] != ' '
}
