package gogen

import (
	"strings"
	"unicode"
)

// The names of thriftgo in its naming styles. They differ in how the words of a name with underscores are joined, and in which of them
// are looked up among the initialisms.

// thriftgoName returns the name of something that the definition names.
func (o *Options) thriftgoName(name string) string {
	made := o.internalName(name)
	if o.CompatibleNames && (strings.HasPrefix(made, "New") || strings.HasSuffix(made, "Args") || strings.HasSuffix(made, "Result")) {
		made += "_"
	}
	return made
}

// cleanName replaces what Go does not have in names. Parsers let through what Go has, so this is for definitions from elsewhere.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, name)
	if name == "" || unicode.IsDigit([]rune(name)[0]) {
		return "X" + name
	}
	return name
}

// internalName returns the name of something that only the code has: structs of arguments and results.
func (o *Options) internalName(name string) string {
	name = cleanName(name)
	switch o.Names {
	case ThriftgoApache:
		return o.apacheName(name)
	case ThriftgoGolint:
		return o.golintName(name)
	}
	return joinWords(name, func(word string, _ bool) string {
		if startsLower(word) {
			return o.capitalWord(word)
		}
		return word
	})
}

// capitalWord returns a word with a capital letter at its beginning, or an initialism.
func (o *Options) capitalWord(word string) string {
	if upper := strings.ToUpper(word); initialisms[upper] && !o.IgnoreInitialisms {
		return upper
	}
	return upperFirst(word)
}

// apacheName keeps the underscore before a word that begins with no small letter. Names that end as those of arguments and results do
// get an underscore, save that of these themselves.
func (o *Options) apacheName(name string) string {
	made := joinWords(upperFirst(name), func(word string, first bool) string {
		switch {
		case first:
			if upper := strings.ToUpper(word); initialisms[upper] && !o.IgnoreInitialisms {
				return upper
			}
			return word
		case startsLower(word):
			return o.capitalWord(word)
		}
		return "_" + word
	})
	if strings.HasSuffix(made, "Args") || strings.HasSuffix(made, "Result") {
		made += "_"
	}
	return made
}

// golintName splits at changes from small letters to others, too.
func (o *Options) golintName(name string) string {
	if name == "" {
		return ""
	}
	joined := joinWords(name, func(word string, first bool) string {
		if !first && (unicode.IsUpper(rune(word[0])) || isDigit(word[0])) {
			return "_" + word
		}
		return upperFirst(word)
	})
	if o.IgnoreInitialisms {
		return joined
	}
	return lintName(joined)
}

// joinWords joins the words between underscores. An empty one is an underscore.
func joinWords(name string, convert func(word string, first bool) string) string {
	words := strings.Split(name, "_")
	for i, word := range words {
		if word == "" {
			words[i] = "_"
		} else {
			words[i] = convert(word, i == 0)
		}
	}
	return strings.Join(words, "")
}

// lintName spells the words of a name in mixed capitals as golint would. A word ends before an underscore, and where something else
// follows a small letter. Underscores go, but for one at the beginning and those between digits.
func lintName(name string) string {
	var made, word strings.Builder
	words := 0
	end := func() {
		text := word.String()
		switch upper := strings.ToUpper(text); {
		case initialisms[upper] && words == 0 && startsLower(text):
			text = strings.ToLower(text)
		case initialisms[upper]:
			text = upper
		case words > 0 && text == strings.ToLower(text) && text != "":
			text = upperFirst(text)
		}
		made.WriteString(text)
		words++
		word.Reset()
	}
	var previous rune
	for _, r := range name {
		switch {
		case previous == '_' && r == '_':
			continue
		case previous == '_':
			last := made.String()
			if words == 0 || unicode.IsDigit(r) && last != "" && isDigit(last[len(last)-1]) {
				end()
			} else {
				word.Reset()
			}
		case previous != 0 && r == '_', unicode.IsLower(previous) && !unicode.IsLower(r):
			end()
		}
		word.WriteRune(r)
		previous = r
	}
	if word.String() != "_" || words == 0 {
		end()
	}
	return made.String()
}

func startsLower(word string) bool { return word != "" && unicode.IsLower([]rune(word)[0]) }
