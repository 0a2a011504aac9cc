package grpcinterop

import (
	"fmt"
	"io"
	"os"
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
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = folder
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
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
