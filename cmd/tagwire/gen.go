package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/source"
)

// genCommand makes Go code of definitions.
type genCommand struct {
	Files             []string `arg:"" name:"file" help:"Definition files, or folders with such files."`
	Include           []string `short:"I" placeholder:"DIR" help:"Folders in which included files are looked for."`
	Out               string   `short:"o" default:"." placeholder:"DIR" help:"Folder that is written to. Packages are folders below it."`
	Recursive         bool     `short:"r" help:"Also make code of the files that are included."`
	Module            string   `placeholder:"PATH" help:"Import path of the folder that is written to. Without it the go.mod around the folder says it."`
	Package           string   `placeholder:"NAME" help:"Put everything into one Go package of this name, in the folder itself."`
	Map               []string `placeholder:"FILE=PATH[;NAME]" sep:"none" help:"Import path of the Go package for a definition file, in place of what the file says."`
	Names             string   `enum:"idiomatic,thriftgo,thriftgo-apache,thriftgo-golint,kitex" default:"idiomatic" help:"Style of names: idiomatic, or those of thriftgo by its naming styles, with the functions and methods that it makes: thriftgo, thriftgo-apache, thriftgo-golint; kitex is thriftgo-golint with the three options below, as Kitex's tool has it."`
	IgnoreInitialisms bool     `help:"Thriftgo's option ignore_initialisms: url_path is UrlPath."`
	Setters           bool     `help:"Thriftgo's option gen_setter: fields have Set methods."`
	CompatibleNames   bool     `help:"Thriftgo's option compatible_names: names such as NewItem and ItemArgs have an underscore behind them."`
	Values            bool     `help:"Hold structs by value where they may be, not behind pointers."`
	JSON              bool     `name:"json" help:"Add json tags."`
	KeepUnknown       bool     `help:"Have structs keep the fields that they do not know."`
	WellKnownMessages bool     `help:"Have Timestamp, Duration and wrappers of Protobuf as messages, not as Go's own types."`
	SkipUnsupported   bool     `help:"Leave out what the codec has no types for, and what vt tags have no rules for, with a comment, in place of an error."`
	NoValidation      bool     `help:"Leave out vt tags, which annotations such as vt.max_size, and options of protovalidate, become otherwise."`
	Verify            bool     `help:"Write nothing, and fail if a file is not what would be written."`
}

// Help is shown below the flags.
func (genCommand) Help() string {
	return `The code has structs with tags, enums, exceptions, constants, and for each service a contract: a struct of functions that package
rpc calls and serves. It has no codec in it.

Examples:
  tagwire gen store.thrift
  tagwire gen -r -I idl -o internal/gen idl/store.thrift
  tagwire gen --package store -o store store.thrift
  tagwire gen --names thriftgo -o kitex_gen store.thrift
  //go:generate go run github.com/tagwire/tagwire/cmd/tagwire gen --package store store.thrift`
}

// Run makes the code.
func (c *genCommand) Run(s streams) error {
	files, err := definitionFiles(c.Files)
	if err != nil {
		return err
	}
	read := source.Folders(append([]string{"."}, c.Include...)...)
	definitions, err := parse(read, files)
	if err != nil {
		return err
	}
	options, err := c.options(read)
	if err != nil {
		return err
	}
	if c.Recursive {
		files = nil
		for _, f := range definitions.Files {
			files = append(files, f.Path)
		}
	}
	made, err := gogen.Generate(definitions, options, files...)
	if err != nil {
		return err
	}
	for _, f := range made {
		if err := c.write(filepath.Join(c.Out, filepath.FromSlash(f.Path)), f.Text); err != nil {
			return err
		}
	}
	return nil
}

// options returns what the flags say.
func (c *genCommand) options(read source.Reader) (gogen.Options, error) {
	styles := map[string]gogen.NameStyle{"thriftgo": gogen.Thriftgo, "thriftgo-apache": gogen.ThriftgoApache, "thriftgo-golint": gogen.ThriftgoGolint,
		"kitex": gogen.ThriftgoGolint}
	kitex := c.Names == "kitex"
	o := gogen.Options{
		Read: read, Names: styles[c.Names], IgnoreInitialisms: c.IgnoreInitialisms || kitex, Setters: c.Setters || kitex,
		CompatibleNames: c.CompatibleNames || kitex, ModulePath: strings.Trim(c.Module, "/"), Package: c.Package, Packages: map[string]string{},
		Values: c.Values, JSON: c.JSON, KeepUnknown: c.KeepUnknown, WellKnownMessages: c.WellKnownMessages, SkipUnsupported: c.SkipUnsupported,
		NoValidation: c.NoValidation,
	}
	for _, text := range c.Map {
		file, importPath, found := strings.Cut(text, "=")
		if !found || importPath == "" {
			return o, fmt.Errorf("tagwire gen: --map %s has no import path; write --map file.thrift=example.com/shop", text)
		}
		o.Packages[path.Clean(filepath.ToSlash(file))] = importPath
	}
	if o.ModulePath == "" {
		found, err := importPathOf(c.Out)
		if err != nil {
			return o, err
		}
		o.ModulePath = found
	}
	return o, nil
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^ \t\r\n"]+)`)

// importPathOf returns the import path of a folder, which is that of the module around it and the way from there; "" if there is no go.mod.
func importPathOf(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for at, below := folder, ""; ; {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil {
			module := moduleLine.FindSubmatch(text)
			if module == nil {
				return "", fmt.Errorf("tagwire gen: %s has no module line; use --module", filepath.Join(at, "go.mod"))
			}
			return path.Join(string(module[1]), below), nil
		}
		parent := filepath.Dir(at)
		if !errors.Is(err, fs.ErrNotExist) || parent == at {
			return "", nil
		}
		below = path.Join(filepath.Base(at), below)
		at = parent
	}
}

// definitionFiles returns the paths of definition files that arguments name, with slashes: files, and folders with all that are below them.
func definitionFiles(arguments []string) ([]string, error) {
	var files []string
	for _, argument := range arguments {
		info, err := os.Stat(argument)
		if err != nil || !info.IsDir() {
			// A file that is not there may be below a folder for included files; otherwise the parser says so.
			files = append(files, path.Clean(filepath.ToSlash(argument)))
			continue
		}
		err = filepath.WalkDir(argument, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && slices.Contains(extensions, filepath.Ext(name)) {
				files = append(files, path.Clean(filepath.ToSlash(name)))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

var generatedLine = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.\r?$`)

// write writes a file that has changed. One that a person has written stays as it is.
func (c *genCommand) write(name string, text []byte) error {
	before, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(before, text):
		return nil
	case c.Verify && err != nil:
		return fmt.Errorf("tagwire gen: %w", err)
	case c.Verify:
		return fmt.Errorf("tagwire gen: %s is not what the definition says; run the command without --verify", name)
	case err == nil && !generatedLine.Match(before):
		return fmt.Errorf("tagwire gen: %s is there and was not generated; remove it, or choose another folder with --out", name)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("tagwire gen: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("tagwire gen: %w", err)
	}
	if err := replace(name, text); err != nil {
		return fmt.Errorf("tagwire gen: %w", err)
	}
	return nil
}

// replace writes a file by way of a new one beside it: a file that is written in part would be worse than none.
func replace(name string, text []byte) error {
	temporary := fmt.Sprintf("%s.%d.tmp", name, os.Getpid())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}
