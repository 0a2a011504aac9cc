package grpcinterop

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tagwire/tagwire/rpc/interop/grpc/conformance"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// actAs is the environment variable that makes this program a server or a client of the conformance suite, which starts it.
const actAs = "TAGWIRE_GRPC_INTEROP"

func TestMain(m *testing.M) {
	if role := os.Getenv(actAs); role != "" {
		if err := act(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	folder, err := os.MkdirTemp("", "tagwire-grpc-interop")
	if err == nil {
		err = lookAtSources()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = folder
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// lookAtSources looks at each file that other processes read. The go command repeats a test that it has seen to pass
// only if something has changed that the test itself looked at.
func lookAtSources() error {
	for _, folder := range []string{"idl", "conformance", "python", "node", "cpp"} {
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if err == nil {
				_, err = os.Stat(name)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// act is what this program does in a role, which is that of a server or a client and the name of its framework.
func act(role string) error {
	for _, f := range frameworks {
		for kind, do := range map[string]func(framework.Framework, io.Reader, io.Writer) error{
			"server": conformance.RunServer, "client": conformance.RunClient,
		} {
			if role == kind+" "+f.name {
				return do(f, os.Stdin, os.Stdout)
			}
		}
	}
	return fmt.Errorf("there is no role %q", role)
}
