package grpc

import (
	"maps"
	"slices"
	"strings"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire"
)

// infoForms has, for each kind of values of package metainfo, the prefix of their keys in messages and in header fields. Keys without one of
// these prefixes are those of values that go back, as in [message.Message].
var infoForms = [...]struct{ message, field string }{
	{metainfo.PrefixTransient, metainfo.HTTPPrefixTransient},
	{metainfo.PrefixPersistent, metainfo.HTTPPrefixPersistent},
	{metainfo.PrefixBackward, metainfo.HTTPPrefixBackward},
	{"", metainfo.HTTPPrefixBackward},
}

// exactInfo is the key of the values of package metainfo as they are, if some have no header field that stands for them.
const exactInfo = "tagwire-metainfo-bin"

// infoMessage is the value of exactInfo.
type infoMessage struct {
	Values map[string]string `protobuf:"1,bytes"`
}

// infoMemory bounds what is decoded from it.
const infoMemory = 256 << 10

var infoCodec = func() *tagwire.Codec[infoMessage] {
	codec, err := tagwire.For[infoMessage](tagwire.WithEngine(tagwire.Reflect), tagwire.WithFormat(tagwire.Protobuf),
		tagwire.WithDeterministic(), tagwire.WithMaxAlloc(infoMemory))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return codec
}()

// AddInfo adds values of package metainfo to metadata, as Kitex sends them: RPC_TRANSIT_USER_ID of a message becomes rpc-transit-user-id, and so
// with rpc-persist- and rpc-backward-. info is the metadata of a message, with keys as in metainfo.SaveMetaInfoToMap and those of values that
// a handler sends back.
//
// Such a field has a key in lower case, - for _, and printable ASCII, so it does not stand for each key and value. If it does not for one,
// all are sent as they are, too, under the key tagwire-metainfo-bin, which [InfoOf] prefers; a peer that does not know that, such as Kitex, finds in
// fields what can be in fields. Nothing is left out unseen between peers that know it.
func AddInfo(m Metadata, info map[string]string) {
	exact := false
	for _, key := range slices.Sorted(maps.Keys(info)) { // of two keys with the same field always the same one is sent
		value := info[key]
		name, same := infoField(key)
		switch {
		case !validKey(name) || !strings.HasSuffix(name, binarySuffix) && !validValue(value):
			exact = true
		case same:
			m[name] = []string{value}
		default:
			exact = true
			if m[name] == nil {
				m[name] = []string{value}
			}
		}
	}
	if !exact {
		return
	}
	if data, err := infoCodec.Append(nil, &infoMessage{info}); err == nil { // only memory limits its size
		m[exactInfo] = []string{string(data)}
	}
}

// infoField returns the name of the header field for a key of a message, and whether the key is found again from the name.
func infoField(key string) (name string, same bool) {
	for _, form := range infoForms {
		if rest, found := strings.CutPrefix(key, form.message); found {
			name = form.field + metainfo.CGIVariableToHTTPHeader(rest)
			return name, rest != "" && metainfo.HTTPHeaderToCGIVariable(name[len(form.field):]) == rest
		}
	}
	return "", false // not reached
}

// InfoOf returns the values of package metainfo in metadata, with keys as in metainfo.SetMetaInfoFromMap; nil if there are none.
func InfoOf(m Metadata) map[string]string {
	if values := m[exactInfo]; len(values) > 0 {
		var exact infoMessage
		data := []byte(values[len(values)-1])
		if n, err := infoCodec.Decode(data, &exact); err == nil && n == len(data) {
			return exact.Values
		}
	}
	var info map[string]string
	for name, values := range m {
		for _, form := range infoForms {
			rest, found := strings.CutPrefix(name, form.field)
			if !found {
				continue
			}
			if rest != "" && len(values) > 0 {
				if info == nil {
					info = map[string]string{}
				}
				info[form.message+metainfo.HTTPHeaderToCGIVariable(rest)] = values[0]
			}
			break
		}
	}
	return info
}

// IsInfo reports whether InfoOf reads the header field of that name, in lower case. It does not allocate.
func IsInfo(name string) bool {
	for _, form := range infoForms {
		if strings.HasPrefix(name, form.field) {
			return true
		}
	}
	return name == exactInfo
}
