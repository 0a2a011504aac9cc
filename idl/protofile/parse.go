package protofile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/reporter"
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// Parse parses the .proto files of the given paths and all that they import. An import is the path of a file. Those of google/protobuf
// that come with protoc are built in, for when read does not have them. The error is of type source.Errors.
func Parse(read source.Reader, paths ...string) (*definition.Definitions, error) {
	c := &compilation{read: read, texts: map[string]string{}}
	var report source.Report
	paths = slices.Clone(paths)
	for i, name := range paths {
		paths[i] = path.Clean(name)
		if _, err := c.find(paths[i]); errors.Is(err, fs.ErrNotExist) {
			report.Add(paths[i], "", definition.Position{}, "the file is not found")
		} else if err != nil {
			report.Add(paths[i], "", definition.Position{}, "the file cannot be read: %v", err)
		}
	}
	if err := report.Err(); err != nil {
		return nil, err
	}
	files, err := c.compile(paths)
	if err := c.reportTo(&report, err); err != nil {
		return nil, err
	}
	definitions := convert(files, c.texts, &report)
	if err := report.Err(); err != nil {
		return nil, err
	}
	return definitions, nil
}

// A compilation is what is known while files are compiled. protocompile calls it from many goroutines.
type compilation struct {
	read   source.Reader
	mu     sync.Mutex
	texts  map[string]string // of the files that were read
	faults []fault
}

// A fault is an error before it has its text.
type fault struct {
	path    string
	at      definition.Position
	message string
}

// maxFaults is how many errors are collected. They come in no order, so there are more than are reported.
const maxFaults = 1000

var errTooMany = errors.New("too many errors")

func (c *compilation) compile(paths []string) (linker.Files, error) {
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(protocompile.ResolverFunc(c.find)),
		SourceInfoMode: protocompile.SourceInfoStandard,
		RetainASTs:     true,
		Reporter:       reporter.NewReporter(c.fail, nil),
	}
	return compiler.Compile(context.Background(), paths...)
}

// find returns the text of a file.
func (c *compilation) find(name string) (protocompile.SearchResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, err := c.read(name) // one file at a time, so that a Reader need not expect more
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	c.texts[name] = text
	if f, refused := refusal(text); refused {
		f.path = name
		c.faults = append(c.faults, f)
		text = "" // nothing else is found out about the file
	}
	return protocompile.SearchResult{Source: strings.NewReader(text)}, nil
}

// editionStatement is how a file begins that names its edition, behind comments.
var editionStatement = regexp.MustCompile(`^(?:\s|//[^\n]*|/\*(?s:.*?)\*/)*edition\s*=\s*["']([^"']*)["']`)

// refusal returns an error about a text that protocompile shall not see.
func refusal(text string) (f fault, refused bool) {
	if at, found := tooDeep(text); found {
		return fault{at: at, message: fmt.Sprintf("braces and brackets are nested more than %d deep", maxDepth)}, true
	}
	if at, found := tooLong(text); found {
		return fault{at: at, message: fmt.Sprintf("the line has more than %d bytes", maxLine)}, true
	}
	if found := editionStatement.FindStringSubmatchIndex(text); found != nil && text[found[2]:found[3]] != "2023" {
		message := fmt.Sprintf("edition %q is not supported: use edition 2023, proto3 or proto2", text[found[2]:found[3]])
		return fault{at: position(text, found[2]-1), message: message}, true
	}
	return fault{}, false
}

// fail collects an error of protocompile.
func (c *compilation) fail(err reporter.ErrorWithPos) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := fault{path: err.GetPosition().Filename, message: plainSpaces(err.Unwrap().Error())}
	if errors.Is(err, fs.ErrNotExist) {
		f.message = "the imported file is not found"
	}
	if text, ok := c.texts[f.path]; ok {
		f.at = bytePosition(text, err.GetPosition())
	}
	c.faults = append(c.faults, f)
	if len(c.faults) >= maxFaults {
		return errTooMany
	}
	return nil
}

// reportTo reports what was collected, and other errors that the compiler returned, in the order of paths and places.
func (c *compilation) reportTo(report *source.Report, err error) error {
	var failure protocompile.PanicError
	var located reporter.ErrorWithPos
	if errors.As(err, &failure) {
		report.Add(failure.File, "", definition.Position{}, "the compiler of .proto files failed: %v", failure.Value)
	} else if len(c.faults) == 0 && errors.As(err, &located) { // an import that is not there does not go through the reporter
		c.fail(located)
	} else if len(c.faults) == 0 && err != nil {
		report.Add("protobuf", "", definition.Position{}, "%v", err)
	}
	slices.SortStableFunc(c.faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	for _, f := range c.faults {
		report.Add(f.path, c.texts[f.path], f.at, "%s", f.message)
	}
	return report.Err()
}

// plainSpaces returns a message with plain spaces: package protobuf has others in some of its errors, in some builds, so that nobody compares
// them.
func plainSpaces(message string) string { return strings.ReplaceAll(message, "\u00a0", " ") }
