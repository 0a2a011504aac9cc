// Rpc runs a server and calls it, in one process. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// list implements Tasks in memory.
type list struct {
	lock  sync.Mutex
	tasks []*Task
	logs  chan string
}

// Add appends a task.
func (l *list) Add(_ context.Context, title string) (*Task, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	task := &Task{ID: int64(len(l.tasks) + 1), Title: title}
	l.tasks = append(l.tasks, task)
	copied := *task // the reply is encoded after the lock is free
	return &copied, nil
}

// Finish marks a task as done.
func (l *list) Finish(_ context.Context, id int64) (*Task, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if id < 1 || id > int64(len(l.tasks)) {
		return nil, &NotFound{ID: id}
	}
	l.tasks[id-1].Done = true
	copied := *l.tasks[id-1]
	return &copied, nil
}

// List returns all tasks, or those that are not done.
func (l *list) List(_ context.Context, open bool) ([]*Task, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	var found []*Task
	for _, task := range l.tasks {
		if !open || !task.Done {
			copied := *task
			found = append(found, &copied)
		}
	}
	return found, nil
}

// Log takes a line; callers do not wait for it.
func (l *list) Log(_ context.Context, line string, level int32) error {
	select {
	case l.logs <- fmt.Sprint("level ", level, ": ", line):
	default:
	}
	return nil
}

func main() {
	address := flag.String("listen", "", "serve on this address, such as 127.0.0.1:9090, until interrupted")
	flag.Parse()
	if err := run(os.Stdout, *address); err != nil {
		log.Fatal(err)
	}
}

// newServer returns the server of the example.
func newServer(implementation *list) (*rpc.Server, error) {
	svc := rpc.NewService("Tasks")
	rpc.Implement[Tasks](svc, implementation, rpc.Exceptions(NotFound{}))
	server := rpc.NewServer()
	return server, server.Register(svc)
}

// run serves on address, or without one serves and calls.
func run(out io.Writer, address string) error {
	implementation := &list{logs: make(chan string, 16)}
	server, err := newServer(implementation)
	if err != nil {
		return err
	}
	if address != "" {
		fmt.Fprintln(out, "serving on", address)
		return server.ListenAndServe("tcp", address)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	err = call(out, listener.Addr().String())
	if err == nil {
		fmt.Fprintln(out, "the server heard", <-implementation.logs)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(ctx), <-served)
}

// call is the client.
func call(out io.Writer, address string) error {
	var tasks Tasks
	client, err := rpc.NewClient(
		rpc.WithAddresses(address),
		rpc.WithTransport(rpc.TTHeader),
		rpc.WithContract(&tasks, rpc.Exceptions(NotFound{})),
	)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	for _, title := range []string{"write", "read"} {
		task, err := tasks.Add(ctx, title)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "added", task.ID, task.Title)
	}
	if _, err := tasks.Finish(ctx, 1); err != nil {
		return err
	}
	open, err := tasks.List(ctx, true)
	if err != nil {
		return err
	}
	for _, task := range open {
		fmt.Fprintln(out, "open:", task.ID, task.Title)
	}
	_, err = tasks.Finish(ctx, 99)
	var missing *NotFound
	if !errors.As(err, &missing) {
		return fmt.Errorf("finishing a task that does not exist: %w", err)
	}
	fmt.Fprintln(out, "task", missing.ID, "does not exist")
	return tasks.Log(ctx, "done", 1)
}
