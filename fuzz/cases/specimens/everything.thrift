// The structs of package cases as Apache Thrift sees them: every base type, every kind of map key, nested
// containers, recursion, all three requirednesses, and the ids 0 (in echo's result), 255 and 32767.
namespace go everything
namespace py everything

enum Level {
  BOTTOM = -2147483648
  LOW = -3948394
  NONE = 0
  HIGH = 7
  TOP = 2147483647
}

// Key is a map key; Python needs it immutable to hash it.
struct Key {
  1: required i32 number
  2: optional string name
} (python.immutable = "")

struct Point {
  1: double x
  2: double y
  3: optional string label
}

struct Tree {
  1: i32 value
  2: optional Tree left
  3: optional Tree right
  4: list<Tree> children
  5: map<string, Tree> named
}

struct Scalars {
  1: bool flag
  2: i8 tiny
  3: i16 small
  4: i32 medium
  5: i64 large
  6: double real
  7: string text
  8: binary blob
  9: Level level
}

struct Optionals {
  1: optional bool flag
  2: optional i8 tiny
  3: optional i16 small
  4: optional i32 medium
  5: optional i64 large
  6: optional double real
  7: optional string text
  8: optional binary blob
  9: optional Level level
  10: optional Point point
  11: optional list<i32> numbers
  12: optional set<string> words
  13: optional map<string, i32> counts
}

struct Requireds {
  1: required bool flag
  2: required i8 tiny
  3: required i16 small
  4: required i32 medium
  5: required i64 large
  6: required double real
  7: required string text
  8: required binary blob
  9: required Level level
  10: required Point point
  11: required list<i32> numbers
  12: required set<string> words
  13: required map<string, i32> counts
}

struct Defaults {
  1: optional bool flag = true
  2: optional i8 tiny = -8
  3: optional i16 small = 16
  4: optional i32 medium = -32
  5: optional i64 large = 64
  6: optional double real = 0.5
  7: optional string text = "none"
  8: optional Level level = Level.HIGH
  9: i32 plain = 9
  10: required i32 needed = 10
}

struct Binaries {
  1: optional binary filled = "filled"
  2: optional binary empty = ""
  3: optional binary bare
  4: binary plain = "plain"
}

struct Lists {
  1: list<bool> flags
  2: list<i8> tinies
  3: list<i16> smalls
  4: list<i32> mediums
  5: list<i64> larges
  6: list<double> reals
  7: list<string> texts
  8: list<binary> blobs
  9: list<Level> levels
  10: list<Point> points
  11: list<list<i32>> rows
  12: list<list<list<Point>>> cubes
  13: list<set<string>> bags
  14: list<map<string, i64>> tables
}

struct Sets {
  1: set<bool> flags
  2: set<i8> tinies
  3: set<i16> smalls
  4: set<i32> mediums
  5: set<i64> larges
  6: set<double> reals
  7: set<string> texts
  8: set<binary> blobs
  9: set<Level> levels
  10: set<Point> points
  11: set<list<i32>> rows
}

struct Maps {
  1: map<bool, string> flags
  2: map<i8, i8> tinies
  3: map<i16, i16> smalls
  4: map<i32, i32> mediums
  5: map<i64, i64> larges
  6: map<double, double> reals
  7: map<string, string> texts
  8: map<string, binary> blobs
  9: map<Level, Level> levels
  10: map<Key, Point> points
  11: map<i32, list<i32>> rows
  12: map<i32, set<i32>> bags
  13: map<string, map<i64, list<string>>> nested
  14: map<i32, Point> numbered
  15: map<string, bool> switches
}

union Choice {
  1: string text
  2: i32 number
  3: Point point
  4: list<i32> numbers
  5: binary blob
  6: map<string, i32> counts
  7: set<string> words
  8: Level level
  9: Choice inner
  10: Key key
}

struct Choices {
  1: Choice plain
  2: optional Choice maybe
  3: required Choice needed
  4: list<Choice> many
  5: map<string, Choice> named
}

struct Everything {
  1: Scalars scalars
  2: Optionals optionals
  3: Requireds requireds
  4: Defaults defaults
  5: Lists lists
  6: Sets sets
  7: Maps maps
  8: optional Tree tree
  255: optional Key key
  32767: string last
}

exception Refused {
  1: string reason
  2: i32 code
}

service Specimens {
  Everything echo(1: Everything value) throws (1: Refused refused)
}
