package thrifttext

import "strings"

// reserved are the words that Apache's compiler does not take as names: those of Thrift itself, and those that languages reserve for which
// it generates code.
var reserved = wordSet(`
	async binary bool byte const cpp_include cpp_type double enum exception extends false i16 i32 i64 i8 include list map namespace
	oneway optional required senum service set slist string struct throws true typedef union uuid void
	cpp_namespace delphi_namespace java_package perl_package php_namespace py_module ruby_namespace smalltalk_category smalltalk_prefix
	xsd_all xsd_attrs xsd_namespace xsd_nillable xsd_optional

	BEGIN END __CLASS__ __DIR__ __FILE__ __FUNCTION__ __LINE__ __METHOD__ __NAMESPACE__ abstract alias and args as assert begin
	break case catch class clone continue declare def default del delete do dynamic elif else elseif elsif end enddeclare endfor
	endforeach endif endswitch endwhile ensure except exec finally float for foreach from function global goto if implements import in
	inline instanceof interface is lambda module native new next nil not or package pass public print private protected raise redo
	rescue retry register return self sizeof static super switch synchronized then this throw transient try undef unless unsigned until
	use var virtual volatile when while with xor yield`)

func wordSet(text string) map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.Fields(text) {
		words[word] = true
	}
	return words
}

// IsName reports whether a declaration, a field, a value of an enum or a method may have a name in Thrift's text.
func IsName(name string) bool { return isIdentifier(name, false) && !reserved[name] }

// isIdentifier reports whether name is letters, digits and underlines, not with a digit at its begin, and, if dots are allowed, with dots
// between such parts.
func isIdentifier(name string, dots bool) bool {
	start := true
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			start = false
		case '0' <= c && c <= '9' && !start:
		case c == '.' && dots && !start:
			start = true
		default:
			return false
		}
	}
	return !start
}

// longestPrefix is how long what stands before names of an included file may be, since each reference to it has that.
const longestPrefix = 1000

// isPrefix reports whether a name may have text before it and a dot between both: letters, digits, underlines and single dots.
func isPrefix(text string) bool {
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case '0' <= c && c <= '9' && i > 0:
		case c == '.' && i > 0 && i < len(text)-1 && text[i-1] != '.':
		default:
			return false
		}
	}
	return text != "" && len(text) <= longestPrefix
}
