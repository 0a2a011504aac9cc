package grpcinterop

import (
	"context"
	"fmt"
	"iter"
	"net"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/grpc/talk"
)

// Types of a service that no .proto file describes.
type (
	mood int32

	page struct {
		Title   string            `protobuf:"1"`
		Words   map[string]uint32 `protobuf:"2"`
		Mood    mood              `protobuf:"3"`
		Next    *page             `protobuf:"4"`
		Marks   []int64           `protobuf:"5,zigzag"`
		Number  *int32            `protobuf:"6,oneof=choice"`
		Text    *string           `protobuf:"7,oneof=choice"`
		Perhaps *bool             `protobuf:"8"`
	}

	desk struct {
		Turn func(ctx context.Context, p *page) (*page, error)
		Copy func(ctx context.Context, p *page) iter.Seq2[*page, error]
		Join func(ctx context.Context, pages iter.Seq2[*page, error]) (*page, error)
	}
)

func (m mood) String() string { return [...]string{"GLAD", "SAD", "OTHER"}[min(max(m, 0), 2)] }

// newDesk returns the service, which the clients in python and cpp call.
func newDesk() *rpc.Service {
	svc := rpc.NewService("paper.Desk")
	rpc.Implement[desk](svc, &desk{
		Turn: func(_ context.Context, p *page) (*page, error) {
			made := &page{Title: fmt.Sprint(p.Title, " ", p.Mood, " ", p.Marks, " ", p.Perhaps != nil), Mood: p.Mood + 1, Next: p, Words: map[string]uint32{}}
			for word, n := range p.Words {
				made.Words[word] = n + 1
			}
			if p.Number != nil {
				text := fmt.Sprint(*p.Number)
				made.Text = &text
			}
			return made, nil
		},
		Copy: func(_ context.Context, p *page) iter.Seq2[*page, error] {
			return func(yield func(*page, error) bool) {
				for range p.Marks {
					if !yield(p, nil) {
						return
					}
				}
			}
		},
		Join: func(_ context.Context, pages iter.Seq2[*page, error]) (*page, error) {
			made := &page{}
			for p, err := range pages {
				if err != nil {
					return nil, err
				}
				made.Title += p.Title
			}
			return made, nil
		},
	}, rpc.Protobuf())
	return svc
}

// TestDescribedService: clients that protoc makes from the description of a server call it, in Python and in C++.
func TestDescribedService(t *testing.T) {
	server := rpc.NewServer(rpc.WithReflection())
	svc := newDesk()
	if err := server.Register(svc); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	address := listener.Addr().String()
	client, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTransport(rpc.GRPC), rpc.WithService("paper.Desk"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	d, err := rpc.Definitions(ctx, client)
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(ctx context.Context, folder string) (programs, error){
		"python": describedPython, "c++": describedCPP,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			compilertest.Write(t, folder, d)
			ctx, cancel := context.WithTimeout(t.Context(), buildTime)
			defer cancel()
			made, err := build(ctx, folder)
			if err != nil {
				i := slices.IndexFunc(peers, func(p *peer) bool { return p.name == name })
				missing(t, "the peer "+name, peers[i].needs, err)
			}
			run(t, made.environment, made.client[0], append(made.client[1:], address)...)
		})
	}
}

// describedFile is the definition, in its folder.
var describedFile = filepath.Join("tagwire", "paper.proto")

// generateDescribed is generate for the definition in a folder.
func generateDescribed(ctx context.Context, language, plugin, folder string) error {
	_, err := execute(ctx, nil, "protoc", "-I", folder, "--"+language+"_out="+folder, "--grpc_out="+folder,
		"--plugin=protoc-gen-grpc="+plugin, filepath.Join(folder, describedFile))
	return err
}

func describedPython(ctx context.Context, folder string) (programs, error) {
	if _, err := execute(ctx, nil, pythonInterpreter, "-c", "import grpc"); err != nil {
		return programs{}, err
	}
	return programs{
		client:      []string{pythonInterpreter, filepath.Join("python", "described.py")},
		environment: []string{"PYTHONPATH=" + folder, "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8"},
	}, generateDescribed(ctx, "python", "/usr/bin/grpc_python_plugin", folder)
}

func describedCPP(ctx context.Context, folder string) (programs, error) {
	if err := generateDescribed(ctx, "cpp", "/usr/bin/grpc_cpp_plugin", folder); err != nil {
		return programs{}, err
	}
	var objects []string
	for _, source := range []string{filepath.Join(folder, "tagwire", "paper.pb.cc"), filepath.Join(folder, "tagwire", "paper.grpc.pb.cc"),
		filepath.Join("cpp", "described.cpp")} {
		object := filepath.Join(folder, filepath.Base(source)+".o")
		if _, err := execute(ctx, nil, "g++", "-std=c++17", "-Wall", "-I", folder, "-c", "-o", object, source); err != nil {
			return programs{}, err
		}
		objects = append(objects, object)
	}
	binary := filepath.Join(folder, "described")
	arguments := append([]string{"-o", binary}, objects...)
	_, err := execute(ctx, nil, "g++", append(arguments, "-Wl,--copy-dt-needed-entries", "-lgrpc++", "-lgrpc", "-lgpr", "-lprotobuf", "-pthread")...)
	return programs{client: []string{binary}}, err
}

// TestServicesAreDescribed: protoc reads the description of the contract of the other tests.
func TestServicesAreDescribed(t *testing.T) {
	d, err := rpc.DescribeContract[talk.Functions](talk.Name, rpc.Protobuf())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Files) != 1 || d.Files[0].Language != definition.Protobuf {
		t.Fatal(d.Files)
	}
	compilertest.Check(t, d)
}
