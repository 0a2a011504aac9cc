// The service that the tests of the adapters call.

namespace go echo

enum Colour {
	RED = 0
	GREEN = 1
	BLUE = 7
}

struct Item {
	1: required string name
	2: i64 count
	3: optional double weight
	4: Colour colour
}

exception Refusal {
	1: i32 code
	2: string text
}

struct Request {
	1: required string text
	2: binary payload
	3: list<Item> items
	4: map<string, Item> byName
	5: set<i32> numbers
	6: optional Colour favourite
	7: optional bool fail
	8: i64 id
	255: optional Item base
}

struct Reply {
	1: string text
	2: binary payload
	3: list<Item> items
	4: map<string, Item> byName
	5: set<i32> numbers
	6: optional Colour favourite
	8: i64 id
	255: optional Item base
}

service Echo {
	Reply Echo(1: Request request) throws (1: Refusal refusal)
	oneway void Notify(1: Request request)
}
