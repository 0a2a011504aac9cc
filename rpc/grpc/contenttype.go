package grpc

import "strings"

const baseContentType = "application/grpc"

// ParseContentType returns the format that a content type of gRPC names behind its +, in lower case: application/grpc+thrift has thrift, and
// application/grpc has "". Parameters are ignored. ok is false for the content types of others, those of gRPC-Web among them. It does not
// allocate for names in lower case.
func ParseContentType(value string) (subtype string, ok bool) {
	value, _, _ = strings.Cut(value, ";")
	value = strings.Trim(value, " \t")
	if len(value) < len(baseContentType) || !strings.EqualFold(value[:len(baseContentType)], baseContentType) {
		return "", false
	}
	rest := value[len(baseContentType):]
	if rest == "" {
		return "", true
	}
	subtype = strings.ToLower(rest[1:])
	return subtype, rest[0] == '+' && (subtype == "" || isToken(subtype))
}

// ContentType returns the content type for a format, in lower case. It does not allocate for those that this project has.
func ContentType(subtype string) string {
	switch subtype {
	case "":
		return baseContentType
	case "proto":
		return baseContentType + "+proto"
	case "thrift":
		return baseContentType + "+thrift"
	}
	return baseContentType + "+" + subtype
}

// isToken reports whether text, in lower case, is a token of HTTP.
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}

// ParsePath returns the names of the service and of the method in the :path of a call: /package.Service/Method. ok is false if the path has another form, or
// other characters than the printable ones of ASCII, or one of ? and #, which end a path. It does not allocate.
func ParsePath(path string) (service, method string, ok bool) {
	if path == "" || path[0] != '/' {
		return "", "", false
	}
	service, method, ok = strings.Cut(path[1:], "/")
	return service, method, ok && isSegment(service) && isSegment(method)
}

// Path returns the :path of a method. ok is false if the names cannot be in one.
func Path(service, method string) (path string, ok bool) {
	return "/" + service + "/" + method, isSegment(service) && isSegment(method)
}

// isSegment reports whether a name may be between the slashes of a path.
func isSegment(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '/' || c == '?' || c == '#' {
			return false
		}
	}
	return name != ""
}
