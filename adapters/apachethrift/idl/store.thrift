namespace go store

enum Color {
	RED = 1
	BLUE = -7
}

struct Part {
	1: required string name
	2: i32 count
	3: optional Part inner
}

union Choice {
	1: i64 number
	2: string text
	3: Part part
}

struct Item {
	1: bool flag
	2: i8 tiny
	3: i16 small
	4: i32 medium
	5: i64 large
	6: double ratio
	7: string text
	8: binary data
	9: Color color
	10: Part part
	11: list<i32> numbers
	12: set<string> labels
	13: map<string, Part> parts
	14: list<map<i16, list<binary>>> nested
	15: optional i64 maybe
	16: optional Choice choice
	17: list<bool> flags
	300: map<i64, double> sparse
	301: bool last
}

exception NotFound {
	1: string key
}

exception Denied {
	1: i32 code
}

service Store {
	Item get(1: string key, 2: i32 version) throws (1: NotFound missing, 2: Denied denied)
	i64 put(1: Item item) throws (1: Denied denied)
	list<string> keys()
	void clear(1: bool all)
	oneway void hint(1: string key)
}
