// Package regress keeps every input that once caused a defect, or must never cause one: one text file per defect,
// or per numbered case of the format's rules. A file holds entries, separated by blank lines:
//
//	# a comment
//	name:  string of 5 bytes with 4 left
//	type:  Scalars                        a case of package cases
//	hex:   0b 0007 00000005 61626364      spaces are free; (0c0001)*3 repeats
//	error: SizeLimit at 3 in Scalars.Text
//
// or, in place of error, value: and what cases.Text prints of the value decoded, and, if not all bytes are
// used, used: and how many are.
package regress

import (
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Entry is one input and what must come of it.
type Entry struct {
	// Name is the file's name without its ending, a slash, and the entry's own name.
	Name string
	// Type is the name of a case.
	Type string
	// Input is the message.
	Input []byte
	// Error is what the decode must end in, as harness.Fault writes it; empty if the input is valid.
	Error string
	// Value is the Text of the decoded value, and Used the number of bytes that it took.
	Value string
	Used  int
}

//go:embed *.txt compact/*.txt
var files embed.FS

// All returns the entries of all files for Thrift Binary. It panics if one is malformed: the files are part of the source.
func All() []Entry { return in(".") }

// Compact returns the entries of all files for Thrift Compact, which lie in a folder of that name.
func Compact() []Entry { return in("compact") }

func in(folder string) []Entry {
	names, err := files.ReadDir(folder)
	if err != nil {
		panic("regress: " + err.Error())
	}
	var entries []Entry
	for _, name := range names {
		if name.IsDir() {
			continue
		}
		text, err := files.ReadFile(path.Join(folder, name.Name()))
		if err != nil {
			panic("regress: " + err.Error())
		}
		parsed, err := Parse(string(text))
		if err != nil {
			panic(fmt.Sprintf("regress: %s: %v", name.Name(), err))
		}
		for _, entry := range parsed {
			entry.Name = strings.TrimSuffix(name.Name(), ".txt") + "/" + entry.Name
			entries = append(entries, entry)
		}
	}
	return entries
}

// Parse reads the entries of one file.
func Parse(text string) ([]Entry, error) {
	var entries []Entry
	for _, block := range strings.Split(text, "\n\n") {
		entry, err := parseEntry(block)
		if err != nil {
			return nil, err
		}
		if entry.Type != "" {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

func parseEntry(block string) (Entry, error) {
	entry := Entry{Used: -1}
	for _, line := range strings.Split(block, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, rest, found := strings.Cut(line, ":")
		rest = strings.TrimSpace(rest)
		if !found {
			return entry, fmt.Errorf("%q is no key and value", line)
		}
		if err := entry.set(key, rest); err != nil {
			return entry, fmt.Errorf("%q: %w", line, err)
		}
	}
	if entry.Type == "" && entry.Name == "" {
		return Entry{}, nil // nothing but comments
	}
	if entry.Type == "" || entry.Name == "" || (entry.Error == "") == (entry.Value == "") {
		return entry, fmt.Errorf("entry %q needs a name, a type, and either error or value", entry.Name)
	}
	if entry.Used < 0 {
		entry.Used = len(entry.Input)
	}
	return entry, nil
}

func (e *Entry) set(key, value string) (err error) {
	switch key {
	case "name":
		e.Name = value
	case "type":
		e.Type = value
	case "hex":
		e.Input, err = ParseHex(value)
	case "error":
		e.Error = value
	case "value":
		e.Value = value
	case "used":
		e.Used, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("unknown key")
	}
	return err
}

var repetition = regexp.MustCompile(`\(([0-9a-f ]*)\)\*([0-9]+)`)

// ParseHex reads bytes in hexadecimal, with spaces anywhere, where (0c0001)*3 stands for 0c00010c00010c0001.
// Repetitions nest. A space ends the number of repetitions.
func ParseHex(text string) ([]byte, error) {
	for repetition.MatchString(text) {
		text = repetition.ReplaceAllStringFunc(text, func(match string) string {
			parts := repetition.FindStringSubmatch(match)
			count, _ := strconv.Atoi(parts[2])
			return strings.Repeat(parts[1], count)
		})
	}
	return hex.DecodeString(strings.ReplaceAll(text, " ", ""))
}
