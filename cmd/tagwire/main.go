// Command tagwire works with interface definitions: it makes Go code of them.
//
// Each subcommand is a struct in a file of its own, whose fields are its flags, with a method Run; a line in commands adds it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// commands are the subcommands.
type commands struct {
	Gen genCommand `cmd:"" help:"Make Go code of interface definitions."`
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for has failed
	exitUsage  = 2 // the command line is wrong
)

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes a command line, and returns the exit code.
func run(arguments []string, s streams) int {
	exited := -1
	parser, err := kong.New(new(commands), kong.Name("tagwire"),
		kong.Description("Tagwire's tool for interface definitions of Thrift and Protobuf."),
		kong.Writers(s.out, s.err), kong.UsageOnError(), kong.ShortUsageOnError(),
		kong.Exit(func(code int) { exited = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic("BUG: main.run: " + err.Error()) // the structs of commands are wrong
	}
	command, err := parser.Parse(arguments)
	switch {
	case exited >= 0: // --help was there
		return exited
	case err != nil:
		fmt.Fprintf(s.err, "tagwire: %v\n", err)
		var parse *kong.ParseError
		if errors.As(err, &parse) {
			_ = parse.Context.PrintUsage(true)
		}
		return exitUsage
	}
	if err := command.Run(s); err != nil {
		fmt.Fprintf(s.err, "%v\n", err)
		return exitFailed
	}
	return exitOK
}
