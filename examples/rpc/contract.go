package main

import "context"

// Task is a thing to do.
type Task struct {
	ID    int64  `frugal:"1"`
	Title string `frugal:"2"`
	Done  bool   `frugal:"3"`
}

// NotFound is returned for a task that does not exist.
type NotFound struct {
	ID int64 `frugal:"1"`
}

// Error says which.
func (e *NotFound) Error() string { return "there is no such task" }

// Tasks is the contract: what the server implements and the client calls.
type Tasks struct {
	Add    func(ctx context.Context, title string) (*Task, error)    `rpc:"add"`
	Finish func(ctx context.Context, id int64) (*Task, error)        `rpc:"finish" throws:"1=NotFound"`
	List   func(ctx context.Context, open bool) ([]*Task, error)     `rpc:"list" returns:"list<Task>"`
	Log    func(ctx context.Context, line string, level int32) error `rpc:"log,oneway"`
}
