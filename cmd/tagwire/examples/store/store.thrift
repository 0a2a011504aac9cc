namespace go store

/** How much of an item there is. */
enum Stock { NONE = 0, SOME = 1, PLENTY = 2 }

struct Item {
  1: required i64 id
  2: string name
  3: Stock stock = Stock.SOME
  4: optional list<string> labels
}

exception NotFound { 1: i64 id }

service Store {
  /** Get returns one item. */
  Item get(1: i64 id) throws (1: NotFound notFound)
  oneway void touch(1: i64 id)
}
