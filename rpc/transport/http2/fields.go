package http2

import (
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http2/hpack"
)

// Fields is a list of header fields that has come.
type Fields struct {
	// Method, Path, Scheme and Authority are those of a request, Status that of a response; "" in others.
	Method, Path, Scheme, Authority, Status string
	// Others are the other fields, in their order.
	Others []hpack.HeaderField
	// TooLong says that the list exceeds the limit, and is not all here.
	TooLong bool

	size, limit int
	length      int64  // content-length, -1 for none
	wrong       string // what is wrong with the list
}

// Get returns the first field of a name, "" for none.
func (f *Fields) Get(name string) string {
	for i := range f.Others {
		if f.Others[i].Name == name {
			return f.Others[i].Value
		}
	}
	return ""
}

// reset makes the list empty.
func (f *Fields) reset(limit int) {
	clear(f.Others)
	*f = Fields{Others: f.Others[:0], limit: limit, length: -1}
}

// add adds a field, in the order in which they come.
func (f *Fields) add(field hpack.HeaderField) {
	if f.size += int(field.Size()); f.size > f.limit {
		f.TooLong = true
		return
	}
	switch {
	case f.wrong != "":
	case !httpguts.ValidHeaderFieldValue(field.Value):
		f.wrong = "a header field has a value with illegal characters"
	case strings.HasPrefix(field.Name, ":"):
		f.addPseudo(field.Name, field.Value)
	case !validName(field.Name):
		f.wrong = "a header field has an illegal name"
	default:
		f.addOther(field)
	}
}

func (f *Fields) addPseudo(name, value string) {
	var place *string
	switch name {
	case ":method":
		place = &f.Method
	case ":path":
		place = &f.Path
	case ":scheme":
		place = &f.Scheme
	case ":authority":
		place = &f.Authority
	case ":status":
		place = &f.Status
	default:
		f.wrong = "there is an unknown field " + strconv.Quote(name)
		return
	}
	switch {
	case len(f.Others) > 0:
		f.wrong = "the field " + name + " comes behind others"
	case *place != "":
		f.wrong = "there are two fields " + name
	case value == "" && name != ":authority":
		f.wrong = "the field " + name + " is empty"
	}
	*place = value
}

// validName reports that a name is one that HTTP/2 allows.
func validName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' || !httpguts.IsTokenRune(rune(c)) {
			return false
		}
	}
	return true
}

func (f *Fields) addOther(field hpack.HeaderField) {
	switch field.Name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		f.wrong = "the field " + field.Name + " has no place in HTTP/2"
	case "te":
		if field.Value != "trailers" {
			f.wrong = "the field te says something else than trailers"
		}
	case "content-length":
		n, err := strconv.ParseInt(field.Value, 10, 64)
		if err != nil || n < 0 || f.length >= 0 && f.length != n {
			f.wrong = "the field content-length is wrong"
		}
		f.length = n
	}
	f.Others = append(f.Others, field)
}

// checkRequest returns what is wrong with the headers of a request.
func (f *Fields) checkRequest() string {
	switch {
	case f.wrong != "" || f.TooLong:
		return f.wrong
	case f.Status != "":
		return "a request has the field :status"
	case f.Method == "":
		return "the field :method is missing"
	case f.Method != "CONNECT" && (f.Scheme == "" || f.Path == ""):
		return "the field :scheme or :path is missing"
	}
	return ""
}

// checkResponse returns what is wrong with the headers of a response.
func (f *Fields) checkResponse() string {
	switch {
	case f.wrong != "" || f.TooLong:
		return f.wrong
	case f.Method != "" || f.Path != "" || f.Scheme != "" || f.Authority != "":
		return "a response has the fields of a request"
	case len(f.Status) != 3 || strings.Trim(f.Status, "0123456789") != "":
		return "the field :status is missing, or no number"
	}
	return ""
}

// checkTrailers returns what is wrong with trailers.
func (f *Fields) checkTrailers() string {
	if f.wrong == "" && (f.Method != "" || f.Path != "" || f.Scheme != "" || f.Authority != "" || f.Status != "") {
		return "trailers have fields of headers"
	}
	return f.wrong
}
