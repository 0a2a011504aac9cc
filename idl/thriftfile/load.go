package thriftfile

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// Limits of what includes may add up to.
const (
	maxFiles        = 10_000
	maxIncludeDepth = 500
)

// A file is one that is being parsed, with what [definition.File] has no place for.
type file struct {
	*definition.File
	text     string
	included []*file // one for each of Includes
	extends  map[*definition.Service]definition.Position
	names
}

// A compiler parses files and what they include.
type compiler struct {
	read   source.Reader
	report *source.Report
	files  map[string]*file // by path; nil for those that are not there
	order  []*file          // included files come first
	// What steps have found out.
	depths         map[*definition.Typedef]int // of types behind typedefs, or busy
	constants      map[*definition.Constant]*constantState
	expanded       int // values in all constants and defaults, written out
	fieldsByName   map[*definition.Struct]map[string]*definition.Field
	valuesByName   map[*definition.Enum]map[string]*definition.EnumValue
	valuesByNumber map[*definition.Enum]map[int64]*definition.EnumValue
}

func newCompiler(read source.Reader) *compiler {
	return &compiler{
		read:           read,
		report:         &source.Report{},
		files:          map[string]*file{},
		depths:         map[*definition.Typedef]int{},
		constants:      map[*definition.Constant]*constantState{},
		fieldsByName:   map[*definition.Struct]map[string]*definition.Field{},
		valuesByName:   map[*definition.Enum]map[string]*definition.EnumValue{},
		valuesByNumber: map[*definition.Enum]map[int64]*definition.EnumValue{},
	}
}

// Parse parses the files of the given paths and all that they include. An included file is looked for beside the one that includes it,
// and then by its path alone. The error, if it is not one of read, is of type source.Errors.
func Parse(read source.Reader, paths ...string) (*definition.Definitions, error) {
	c := newCompiler(read)
	for _, name := range paths {
		name = path.Clean(name)
		if f, err := c.load(name, 0); err != nil {
			c.report.Add(name, "", definition.Position{}, "the file cannot be read: %v", err)
		} else if f == nil {
			c.report.Add(name, "", definition.Position{}, "the file is not found")
		}
	}
	for _, step := range []func(*file){c.declare, c.resolve, c.checkTypes, c.convertAll, c.check} {
		if c.report.Err() != nil { // what follows would be about the same faults
			break
		}
		for _, f := range c.order {
			step(f)
		}
	}
	if err := c.report.Err(); err != nil {
		return nil, err
	}
	d := &definition.Definitions{}
	for _, f := range c.order {
		d.Files = append(d.Files, f.File)
	}
	return d, nil
}

// load parses a file and what it includes, if that has not been done. It returns nil if there is no such file.
func (c *compiler) load(name string, depth int) (*file, error) {
	if f, ok := c.files[name]; ok {
		return f, nil
	}
	text, err := c.read(name)
	if err != nil {
		c.files[name] = nil
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return nil, err
	}
	f := &file{
		File:    &definition.File{Path: name, Language: definition.Thrift},
		text:    string(text),
		extends: map[*definition.Service]definition.Position{},
	}
	c.files[name] = f
	parse(f, c.report)
	for i := range f.Includes {
		f.included = append(f.included, c.include(f, &f.Includes[i], depth+1))
	}
	c.order = append(c.order, f)
	return f, nil
}

// include loads an included file, whose path becomes that of the file that was found.
func (c *compiler) include(f *file, include *definition.Include, depth int) *file {
	written := include.Path
	if depth > maxIncludeDepth || len(c.files) >= maxFiles {
		c.fail(f, include.At, "too many files include each other: the limits are %d files, and %d in a row", maxFiles, maxIncludeDepth)
		return nil
	}
	candidates := []string{path.Clean(written)}
	if beside := path.Join(path.Dir(f.Path), written); !path.IsAbs(written) && beside != candidates[0] {
		candidates = []string{beside, candidates[0]}
	}
	for _, candidate := range candidates {
		included, err := c.load(candidate, depth)
		if err != nil {
			c.fail(f, include.At, "%s cannot be read: %v", candidate, err)
			return nil
		}
		if included != nil {
			include.Path = candidate
			include.Prefix = strings.TrimSuffix(path.Base(candidate), ".thrift")
			return included
		}
	}
	c.fail(f, include.At, "%s is not found", strings.Join(candidates, ", or "))
	return nil
}

// fail notes an error in a file.
func (c *compiler) fail(f *file, at definition.Position, format string, arguments ...any) {
	c.report.Add(f.Path, f.text, at, format, arguments...)
}
