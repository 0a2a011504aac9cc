struct Task {
  1: i64 ID
  2: string Title
  3: bool Done
}

exception NotFound {
  1: i64 ID
}

service Tasks {
  Task add(1: string title)
  Task finish(1: i64 id) throws (1: NotFound notFound)
  list<Task> list(1: bool open)
  oneway void log(1: string line, 2: i32 level)
}
