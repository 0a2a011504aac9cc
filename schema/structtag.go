package schema

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// fieldTag is what a struct tag has for this package.
type fieldTag struct {
	// language and text are those of the tag that counts; language is empty if there is none.
	language, text string
	// name is what a thrift tag calls the field.
	name string
}

// tagKeys are the keys of a language's tags.
type tagKeys []string

// lookup reads a struct tag. It refuses one in which package reflect, and so everybody, would overlook a tag of ours:
// what is not written as key:"value" key:"value" ends there, and a key in other letters is another key. The fieldTag then has
// the language that was meant.
func (keys tagKeys) lookup(tag reflect.StructTag) (values map[string]string, language string, refused *fault) {
	values = map[string]string{}
	for rest := strings.TrimLeft(string(tag), " "); rest != ""; {
		key, quoted, behind := nextPair(rest)
		language := keys.languageOf(key)
		value, err := strconv.Unquote(quoted)
		switch {
		case quoted == "", language != "" && err != nil:
			language, meant := keys.overlooked(rest)
			if language == "" {
				return values, "", nil
			}
			return nil, language, invalidTag("what begins with %q is not of the form key:\"value\", so no %s tag is found there",
				rest, language).proposing(meant)
		case language == "": // of another package
		case key != language:
			return nil, language, invalidTag("the key %q is not %s", key, language).proposing(value)
		default:
			if _, twice := values[language]; twice {
				return nil, language, invalidTag("there are two %s tags, of which only the first would be found: remove one", language)
			}
			values[language] = value
		}
		rest = strings.TrimLeft(behind, " ")
	}
	return values, "", nil
}

// lookupTag returns what counts of a field's tags in both languages of Thrift.
func lookupTag(tag reflect.StructTag) (chosen fieldTag, refused *fault) {
	values, language, refused := thriftKeys.lookup(tag)
	if refused != nil {
		return fieldTag{language: language}, refused
	}
	if text, ok := values[thriftLanguage]; ok {
		name, _, _ := strings.Cut(text, ",")
		chosen = fieldTag{language: thriftLanguage, text: text, name: strings.TrimSpace(name)}
	}
	if text, ok := values[frugalLanguage]; ok {
		chosen.language, chosen.text = frugalLanguage, text
	}
	return chosen, nil
}

// nextPair splits a struct tag behind its first key and quoted value, as package reflect does. Where that finds none, quoted
// is empty.
func nextPair(tag string) (key, quoted, behind string) {
	end := strings.IndexFunc(tag, func(r rune) bool { return r <= ' ' || r == ':' || r == '"' || r == 0x7f })
	if end <= 0 || !strings.HasPrefix(tag[end:], `:"`) {
		return "", "", ""
	}
	value := tag[end+1:]
	for i := 1; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			return tag[:end], value[:i+1], value[i+1:]
		}
	}
	return "", "", ""
}

// languageOf returns the language of which a key is meant to be, with separators before it or in other letters, or "".
func (keys tagKeys) languageOf(key string) string {
	key = strings.TrimFunc(key, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	for _, language := range keys {
		if strings.EqualFold(key, language) {
			return language
		}
	}
	return ""
}

// overlooked returns the language of the first key of ours in a text that is no struct tag, and what seems to be the text
// of its tag; "" if there is no such key.
func (keys tagKeys) overlooked(text string) (language, value string) {
	isLetter := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for rest := text; rest != ""; {
		rest = strings.TrimLeftFunc(rest, func(r rune) bool { return !isLetter(r) })
		end := strings.IndexFunc(rest, func(r rune) bool { return !isLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		word, behind := rest[:end], rest[end:]
		if language = keys.languageOf(word); language != "" {
			return language, meantValue(strings.TrimLeft(strings.TrimLeft(behind, quotes), " :="))
		}
		rest = behind
	}
	return "", ""
}

// quotes are what a value may be meant to stand between.
const quotes = "\"'`\\"

// meantValue returns the value at the start of a text: up to a quote, and up to a space if it does not begin with a quote.
func meantValue(text string) string {
	value, ends := strings.TrimLeft(text, quotes), quotes
	if value == text {
		ends += " "
	}
	if end := strings.IndexAny(value, ends); end >= 0 {
		value = value[:end]
	}
	return value
}

// LookupTag returns the value of a key in a struct tag, for other packages that have tags of their own. Like the tags of this package's
// languages, one that package reflect would overlook is refused.
func LookupTag(tag reflect.StructTag, key string) (value string, found bool, err error) {
	values, _, refused := tagKeys{key}.lookup(tag)
	if refused != nil {
		return "", true, errors.New(refused.reason)
	}
	value, found = values[key]
	return value, found, nil
}
