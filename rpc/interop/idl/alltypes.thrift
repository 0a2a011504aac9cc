// Every type and every kind of method that Thrift has, for the peers. The folder plain holds the same as Go structs.

namespace go alltypes
namespace py alltypes
namespace cpp alltypes

enum Color {
  RED = 1
  GREEN = 2
  BLUE = 5
}

struct Point {
  1: required i32 x
  2: required i32 y
}

struct Everything {
  1: bool flag
  2: i8 tiny
  3: i16 small
  4: i32 medium
  5: i64 large
  6: double real
  7: string text
  8: binary blob
  9: Color color
  10: Point point
  11: list<i32> numbers
  12: set<string> names
  13: map<string, i64> counts
  14: list<list<Point>> grid
  15: map<i32, map<string, list<double>>> nested
  16: map<string, Point> places
  17: list<map<i16, set<i8>>> deep
  18: optional string note
  19: optional i32 maybe
  20: list<Color> palette
  300: list<bool> bits
}

exception NotFound {
  1: string key
  2: list<string> near
}

exception Denied {
  1: string reason
  2: Color level
}

service AllTypes {
  void ping()

  bool echoBool(1: bool value)
  i8 echoI8(1: i8 value)
  i16 echoI16(1: i16 value)
  i32 echoI32(1: i32 value)
  i64 echoI64(1: i64 value)
  double echoDouble(1: double value)
  string echoString(1: string value)
  binary echoBinary(1: binary value)
  Color echoColor(1: Color value)
  set<string> echoSet(1: set<string> value)
  list<list<i32>> echoGrid(1: list<list<i32>> value)
  map<string, map<i32, list<Point>>> echoNested(1: map<string, map<i32, list<Point>>> value)
  Everything echoEverything(1: Everything value)

  // sample returns the value that all peers have written down, each in its language.
  Everything sample()
  // check fails unless the value is that sample.
  void check(1: Everything value)

  // join returns its parameters as text: one line of name=value, see the peers.
  string join(1: bool flag, 2: i8 tiny, 3: i16 small, 4: i32 medium, 6: i64 large, 7: double real,
    8: string text, 9: binary blob, 20: Color color, 21: Point point, 22: list<i32> numbers)

  // find knows "sample"; "secret" is Denied, anything else NotFound.
  Everything find(1: string key) throws (1: NotFound missing, 2: Denied denied)
  // remove is find without a result.
  void remove(1: string key, 2: i32 version) throws (1: NotFound missing, 2: Denied denied)

  // notified returns the last count that notify was given for a key, or 0.
  oneway void notify(1: string key, 2: i64 count)
  i64 notified(1: string key)

  // delay returns the text after a while.
  string delay(1: string text, 2: i32 milliseconds)
  // fail returns an error that is not declared, with the text.
  void fail(1: string text)
  // owner returns "AllTypes".
  string owner()
}

// A second service on the same port, which Apache's multiplexing selects.
service Calculator {
  i64 add(1: i32 left, 2: i64 right)
  // owner returns "Calculator".
  string owner()
}

// What a newer client has and no server here knows.
service Extended extends AllTypes {
  string later(1: Everything value, 2: list<string> names)
}
