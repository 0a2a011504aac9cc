package grpcinterop

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A peer is another implementation of gRPC, as a server and a client of idl/talk.proto.
type peer struct {
	name string
	// needs says what to install.
	needs string
	// build makes the programs in a folder of their own and returns an error if something is missing.
	build func(ctx context.Context, folder string) (programs, error)

	once  sync.Once
	built programs
	err   error
}

// programs are the commands of a peer that was built; arguments are appended.
type programs struct {
	server, client []string
	environment    []string
}

var peers = []*peer{
	{name: "python", needs: "Debian's python3-grpcio and protobuf-compiler-grpc", build: buildPython},
	{name: "node", needs: "Node 18 or newer, and `npm ci` in the folder node", build: buildNode},
	{name: "c++", needs: "Debian's g++, libgrpc++-dev, libprotobuf-dev and protobuf-compiler-grpc", build: buildCPP},
}

// programs returns the peer's programs, or ends the test.
func (p *peer) programs(t *testing.T) programs {
	t.Helper()
	p.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), buildTime)
		defer cancel()
		folder, err := os.MkdirTemp(scratch, "peer")
		if err == nil {
			p.built, err = p.build(ctx, folder)
		}
		p.err = err
	})
	if p.err != nil {
		missing(t, "the peer "+p.name, p.needs, p.err)
	}
	return p.built
}

// generate has Protobuf's compiler make a peer's code, with a plugin for the service.
func generate(ctx context.Context, language, plugin, folder string) error {
	_, err := execute(ctx, nil, "protoc", "-I", "idl", "--"+language+"_out="+folder, "--grpc_out="+folder,
		"--plugin=protoc-gen-grpc="+plugin, "talk.proto")
	return err
}

// pythonInterpreter is the system's, which is where Debian puts its packages.
const pythonInterpreter = "/usr/bin/python3"

func buildPython(ctx context.Context, folder string) (programs, error) {
	if _, err := execute(ctx, nil, pythonInterpreter, "-c", "import grpc"); err != nil {
		return programs{}, err
	}
	return programs{
		server:      []string{pythonInterpreter, filepath.Join("python", "server.py")},
		client:      []string{pythonInterpreter, filepath.Join("python", "client.py")},
		environment: []string{"PYTHONPATH=" + folder, "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8"},
	}, generate(ctx, "python", "/usr/bin/grpc_python_plugin", folder)
}

func buildNode(ctx context.Context, _ string) (programs, error) {
	if _, err := os.Stat(filepath.Join("node", "node_modules", "@grpc", "grpc-js")); err != nil {
		return programs{}, err
	}
	_, err := execute(ctx, nil, "node", "--version")
	return programs{
		server: []string{"node", filepath.Join("node", "server.js")},
		client: []string{"node", filepath.Join("node", "client.js")},
	}, err
}

func buildCPP(ctx context.Context, folder string) (programs, error) {
	if err := generate(ctx, "cpp", "/usr/bin/grpc_cpp_plugin", folder); err != nil {
		return programs{}, err
	}
	units := map[string]string{
		"talk.o": filepath.Join(folder, "talk.pb.cc"), "service.o": filepath.Join(folder, "talk.grpc.pb.cc"),
		"server.o": filepath.Join("cpp", "server.cpp"), "client.o": filepath.Join("cpp", "client.cpp"),
	}
	var group sync.WaitGroup
	failures := make(chan error, len(units))
	for object, source := range units {
		group.Go(func() {
			_, err := execute(ctx, nil, "g++", "-std=c++17", "-Wall", "-I", folder, "-c", "-o", filepath.Join(folder, object), source)
			failures <- err
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return programs{}, err
		}
	}
	for _, name := range []string{"server", "client"} {
		_, err := execute(ctx, nil, "g++", "-o", filepath.Join(folder, name), filepath.Join(folder, name+".o"),
			filepath.Join(folder, "talk.o"), filepath.Join(folder, "service.o"),
			// The libraries that grpc++ itself uses are named nowhere else.
			"-Wl,--copy-dt-needed-entries", "-lgrpc++", "-lgrpc", "-lgpr", "-lprotobuf", "-pthread")
		if err != nil {
			return programs{}, err
		}
	}
	return programs{server: []string{filepath.Join(folder, "server")}, client: []string{filepath.Join(folder, "client")}}, nil
}
