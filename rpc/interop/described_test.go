package interop

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/plain"
)

// Types of a service that no definition file describes.
type (
	mood int64

	page struct {
		Title string           `thrift:"title,1"`
		Words map[string]int32 `thrift:"words,2"`
		Mood  mood             `thrift:"mood,3,default,mood"`
		Next  *page            `thrift:"next,4,optional"`
		Marks []mood           `thrift:"marks,5,optional,set<mood>"`
		Raw   []byte           `thrift:"raw,6"`
	}

	torn struct {
		Title string `thrift:"title,1,required"`
	}

	desk struct {
		Turn  func(ctx context.Context, p *page, times int16) (*page, error) `rpc:"turn" throws:"1=torn"`
		Moods func(ctx context.Context, names []string) ([]mood, error)      `rpc:"moods" params:"4=set<string>" returns:"list<mood>"`
		Hint  func(ctx context.Context, p *page) error                       `rpc:"hint,oneway"`
		Last  func(ctx context.Context) (string, error)                      `rpc:"last"`
	}
)

func (m mood) String() string {
	if m < 1 || m > 3 {
		return "<UNSET>"
	}
	return [...]string{"GLAD", "SAD", "None"}[m-1]
}

func (p *page) InitDefault() { p.Mood, p.Raw, p.Marks = 2, []byte("raw\x01"), []mood{1, 3} }

func (t *torn) Error() string { return "torn: " + t.Title }

// newDesk returns the service, which the clients in python and cpp call.
func newDesk() *rpc.Service {
	hints := make(chan string, 1)
	svc := rpc.NewService("paper.Desk")
	rpc.Implement[desk](svc, &desk{
		Turn: func(_ context.Context, p *page, times int16) (*page, error) {
			if p.Title == "" {
				return nil, &torn{"no title"}
			}
			slices.Sort(p.Marks)
			made := &page{Title: fmt.Sprintf("%s %d %v %v %q", p.Title, times, p.Mood, p.Marks, p.Raw), Words: map[string]int32{}, Mood: 3, Next: p}
			for word, n := range p.Words {
				made.Words[word] = n + 1
			}
			return made, nil
		},
		Moods: func(_ context.Context, names []string) ([]mood, error) {
			slices.Sort(names)
			var found []mood
			for _, name := range names {
				for m := range mood(4) {
					if m.String() == name {
						found = append(found, m)
					}
				}
			}
			return found, nil
		},
		Hint: func(_ context.Context, p *page) error { hints <- p.Title; return nil },
		Last: func(ctx context.Context) (string, error) {
			select {
			case title := <-hints:
				return title, nil
			case <-ctx.Done():
				return "", errors.New("there was no hint")
			}
		},
	}, rpc.Exceptions(torn{}))
	return svc
}

// TestDescribedService: clients that Apache's compiler makes from the description of a server call it, in Python and in C++.
func TestDescribedService(t *testing.T) {
	address := serve(t, []*rpc.Service{newDesk()}, rpc.WithReflection())
	client, err := rpc.NewClient(rpc.WithAddresses(address))
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
			i := slices.IndexFunc(peers, func(p *peer) bool { return p.name == name })
			if _, available := peers[i].program(t); !available {
				return
			}
			folder := t.TempDir()
			compilertest.Write(t, folder, d)
			ctx, cancel := context.WithTimeout(t.Context(), buildTime)
			defer cancel()
			made, err := build(ctx, folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []setting{{"framed", "plain", "binary"}, {"buffered", "plain", "compact"}} {
				runClient(t, made, address, s, "tagwire")
			}
		})
	}
}

const describedFile = "paper.thrift"

func describedPython(ctx context.Context, folder string) (programs, error) {
	source, err := here("python")
	if err == nil {
		err = execute(ctx, "thrift", "-strict", "--gen", "py", "-out", folder, filepath.Join(folder, describedFile))
	}
	return programs{
		client:      []string{pythonInterpreter, filepath.Join(source, "described.py")},
		environment: []string{"PYTHONPATH=" + folder, "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8"},
	}, err
}

func describedCPP(ctx context.Context, folder string) (programs, error) {
	source, err := here("cpp")
	if err == nil {
		err = execute(ctx, "thrift", "-strict", "--gen", "cpp:no_skeleton", "-out", folder, filepath.Join(folder, describedFile))
	}
	if err != nil {
		return programs{}, err
	}
	objects, err := compileAll(ctx, folder, source, filepath.Join(source, "described.cpp"), filepath.Join(folder, "Desk.cpp"),
		filepath.Join(folder, "paper_types.cpp"))
	if err != nil {
		return programs{}, err
	}
	client := filepath.Join(folder, "described")
	return programs{client: []string{client}}, execute(ctx, "g++", append(append([]string{"-o", client}, objects...), "-lthrift", "-pthread")...)
}

// TestServicesAreDescribed: Apache's compiler reads the descriptions of the other services of these tests.
func TestServicesAreDescribed(t *testing.T) {
	for _, services := range [][]*rpc.Service{plain.Services(), mirrors()} {
		d, err := rpc.Describe(services...)
		if err != nil {
			t.Fatal(err)
		}
		compilertest.Check(t, d)
	}
}
