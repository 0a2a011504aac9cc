package interop

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// requirePeers is the environment variable that makes a missing peer a failure.
const requirePeers = "TAGWIRE_REQUIRE_PEERS"

// buildTime bounds everything that is made before a peer can run.
const buildTime = 5 * time.Minute

// A peer is another implementation of Thrift, as a server and a client of idl/alltypes.thrift.
type peer struct {
	name string
	// needs says what to install.
	needs string
	// build makes the programs in a folder of their own and returns an error if something is missing.
	build func(ctx context.Context, folder string) (programs, error)
	// servers are the kinds of server that the peer has.
	servers []serverKind
}

// A serverKind is one of the servers of a library.
type serverKind struct {
	name       string
	argument   string // appended to the server's arguments, if not empty
	framedOnly bool
}

// programs are the commands of a peer that was built; arguments are appended.
type programs struct {
	server, client []string
	environment    []string
}

var peers = []*peer{
	{name: "go", needs: "Go 1.26 or newer", build: buildGo, servers: []serverKind{{name: "go"}}},
	{
		name: "python", needs: "Debian's thrift-compiler and python3-thrift",
		build: buildPython, servers: []serverKind{{name: "python"}},
	},
	{
		name: "node", needs: "Debian's thrift-compiler, Node 18 or newer, and `npm ci` in the folder node",
		build: buildNode, servers: []serverKind{{name: "node"}},
	},
	{
		name: "c++", needs: "Debian's thrift-compiler, g++, libthrift-dev, libboost-dev and libevent-dev", build: buildCPP,
		servers: []serverKind{
			{name: "c++ threaded", argument: "threaded"},
			{name: "c++ nonblocking", argument: "nonblocking", framedOnly: true},
		},
	},
}

// built holds what each peer's build returned: it is built once for all tests.
var built sync.Map

type buildResult struct {
	programs programs
	err      error
}

// scratch is the folder for everything that is built.
var scratch string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tagwire-interop")
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
	for _, folder := range []string{"idl", "apache", "gen", "python", "node", "cpp"} {
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

// program returns the peer's programs. If the peer cannot be had here, it says what to install, and that fails the test
// where peers are required.
func (p *peer) program(t *testing.T) (made programs, available bool) {
	t.Helper()
	once, _ := built.LoadOrStore(p.name, sync.OnceValue(func() buildResult {
		ctx, cancel := context.WithTimeout(context.Background(), buildTime)
		defer cancel()
		folder := filepath.Join(scratch, p.name)
		err := os.Mkdir(folder, 0o755)
		if err != nil {
			return buildResult{err: err}
		}
		made, err := p.build(ctx, folder)
		return buildResult{made, err}
	}))
	result := once.(func() buildResult)()
	if result.err == nil {
		return result.programs, true
	}
	const format = "the peer %s cannot run here; it needs %s: %v"
	if p.name == "go" || os.Getenv(requirePeers) != "" {
		t.Fatalf(format, p.name, p.needs, result.err)
	}
	t.Logf(format, p.name, p.needs, result.err)
	return programs{}, false
}

// execute runs a command of a build.
func execute(ctx context.Context, name string, arguments ...string) error {
	command := exec.CommandContext(ctx, name, arguments...)
	command.WaitDelay = 5 * time.Second
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %.200s: %w\n%.4000s", name, strings.Join(arguments, " "), err, output)
	}
	return nil
}

// generate has Thrift's compiler make a peer's code.
func generate(ctx context.Context, language, folder string) error {
	return execute(ctx, "thrift", "--gen", language, "-out", folder, filepath.Join("idl", "alltypes.thrift"))
}

// here returns the full name of a file of this folder.
func here(elements ...string) (string, error) {
	folder, err := os.Getwd()
	return filepath.Join(append([]string{folder}, elements...)...), err
}

func buildGo(ctx context.Context, folder string) (programs, error) {
	binary := filepath.Join(folder, "apache.exe")
	err := execute(ctx, "go", "build", "-o", binary, "./apache")
	return programs{server: []string{binary, "server"}, client: []string{binary, "client"}}, err
}

// pythonInterpreter is the system's, which is where Debian puts its packages.
const pythonInterpreter = "/usr/bin/python3"

func buildPython(ctx context.Context, folder string) (programs, error) {
	if err := execute(ctx, pythonInterpreter, "-c", "import thrift.TMultiplexedProcessor"); err != nil {
		return programs{}, err
	}
	source, err := here("python")
	if err != nil {
		return programs{}, err
	}
	return programs{
		server:      []string{pythonInterpreter, filepath.Join(source, "server.py")},
		client:      []string{pythonInterpreter, filepath.Join(source, "client.py")},
		environment: []string{"PYTHONPATH=" + folder, "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8"},
	}, generate(ctx, "py", folder)
}

func buildNode(ctx context.Context, folder string) (programs, error) {
	source, err := here("node")
	if err != nil {
		return programs{}, err
	}
	modules := filepath.Join(source, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "thrift")); err != nil {
		return programs{}, err
	}
	path := "NODE_PATH=" + folder + string(os.PathListSeparator) + modules
	if err := execute(ctx, "node", "--version"); err != nil {
		return programs{}, err
	}
	return programs{
		server: []string{"node", "--no-deprecation", filepath.Join(source, "server.js")},
		client: []string{"node", "--no-deprecation", filepath.Join(source, "client.js")},
		// The library makes buffers in a way that Node calls deprecated.
		environment: []string{path},
	}, generate(ctx, "js:node,es6", folder)
}

func buildCPP(ctx context.Context, folder string) (programs, error) {
	if err := generate(ctx, "cpp:no_skeleton", folder); err != nil {
		return programs{}, err
	}
	source, err := here("cpp")
	if err != nil {
		return programs{}, err
	}
	server, client := filepath.Join(folder, "server"), filepath.Join(folder, "client")
	objects, err := compileAll(ctx, folder, source,
		filepath.Join(source, "server.cpp"), filepath.Join(source, "client.cpp"), filepath.Join(folder, "AllTypes.cpp"),
		filepath.Join(folder, "Calculator.cpp"), filepath.Join(folder, "Extended.cpp"), filepath.Join(folder, "alltypes_types.cpp"))
	if err != nil {
		return programs{}, err
	}
	link := func(binary, object string) error {
		arguments := append([]string{"-o", binary, object}, objects[2:]...)
		return execute(ctx, "g++", append(arguments, "-lthriftnb", "-lthrift", "-levent", "-pthread")...)
	}
	if err := link(server, objects[0]); err != nil {
		return programs{}, err
	}
	return programs{server: []string{server}, client: []string{client}}, link(client, objects[1])
}

// compileAll makes an object file of each C++ file, two at a time.
func compileAll(ctx context.Context, folder, include string, sources ...string) (objects []string, err error) {
	failures := make(chan error, len(sources))
	slots := make(chan struct{}, 2)
	for _, source := range sources {
		object := filepath.Join(folder, strings.TrimSuffix(filepath.Base(source), ".cpp")+".o")
		objects = append(objects, object)
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failures <- execute(ctx, "g++", "-std=c++17", "-O0", "-I", folder, "-I", include, "-c", "-o", object, source)
		}()
	}
	for range sources {
		if failure := <-failures; failure != nil {
			err = failure
		}
	}
	return objects, err
}
