namespace py order

enum Status {
  PLACED = 1
  PAID = 2
  SHIPPED = 3
}

struct Customer {
  1: required i64 number
  2: required string name
  3: optional string email
  4: set<string> languages
}

struct Item {
  1: required string article
  2: i32 quantity
  3: double price
  4: optional string note
}

struct Order {
  1: required i64 number
  2: Status status
  3: Customer customer
  4: list<Item> items
  5: map<string, string> labels
  6: map<i32, i64> stock
  7: optional double discount
  8: optional i64 shipped
  9: bool gift
  10: binary signature
}
