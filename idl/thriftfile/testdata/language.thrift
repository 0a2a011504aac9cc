/**
 * What the file is for.
 */
namespace * everything
namespace go language.example
namespace py.twisted twisted.example (note = "annotated")
cpp_include "<unordered_map>"
include "shared.thrift"

# A comment, and // another, are not documentation.

/** A number with a name. */
typedef i64 (js.type = "Long") Number (unit = "ms")
typedef list<Number> Numbers,
typedef map cpp_type "std::unordered_map<std::string, Tree>" <string, Tree> (sorted) Forest;

/**
 * Colours.
 *
 *   Indented.
 */
enum Colour {
  RED, /** the second */ GREEN = 0x10 (hex = "yes"); BLUE
  NONE = -1
} (flags = "no")

const bool YES = true
const bool NO = 0
const byte SMALL = -128
const i16 SHORT = +32767
const i32 HEX = -0x7fffffff (unit = "none")
const i64 LARGE = 9223372036854775807
const double THIRD = 3.33e-1
const double WHOLE = 3
const double POINT = .5
const string TEXT = "tab\t, newline\n, quotes \" and \', backslash \\ \r";
const string OTHER = 'single "quotes"'
const binary DATA = "bytes"
const uuid ID = "{00112233-4455-6677-8899-AABBCCDDEEFF}"
const Colour FAVOURITE = Colour.GREEN
const Colour SECOND = BLUE
const Colour BY_NUMBER = 0
const i32 OF_ENUM = Colour.BLUE
const i32 OF_TRUE = true
const i64 WIDER = HEX
const double OF_INTEGER = LARGE_LATER
const i32 LARGE_LATER = 1000000
const Numbers LIST = [1, 2; 3 HEX]
const list<i64> SAME = LIST
const set<string> SET = ["a", TEXT]
const map<Colour, list<double>> MAP = {RED: [1, 2.5], shared.Colour.GREEN: []}
const map<i32, i32> EMPTY_MAP = []
const list<i32> EMPTY_LIST = {}
const Leaf LEAF = {"name": "n", "colour": Colour.RED, "far": {"value": shared.LIMIT}}
const shared.Choice CHOICE = {"number": shared.LIMIT}

struct Leaf {
  1: required string name = "leaf" (api.query = "name", vt.min_size = "1", flag),
  2: optional Colour colour = FAVOURITE;
  3: shared.Far far = {"value": 7}
  /** Without an id. */
  string implicit
  double implicit_too = WHOLE,
  -5: i8 negative
  i8 after_negative
  10: list<binary> list // keywords can name fields
  11: Leaf& next
  12: list<i32> cpp_type "std::deque<int>" deque
  13: set cpp_type "std::unordered_set<int>" <i32> hashed xsd_optional  (a = "1"; b)
}

struct Tree xsd_all {
  1: map<string (key = "k"), list<Tree>> branches xsd_optional xsd_nillable xsd_attrs { 1: string unused } (end = "yes")
  2: uuid id
} (whole = "struct")

union Either {
  1: Leaf leaf
  2: required Tree tree = {"branches": {}}
}

exception Failure { 1: string message 2: i32 code = -1 } (fatal)

service Base extends shared.Root {
  void ping() (idempotent),
  /** Fetches. */
  Leaf get(1: i64 id, 2: optional Colour colour = Colour.RED) throws (1: Failure failure; 2: shared.Broken broken) (api.get = "/leaf/:id")
  oneway void note(string text);
} (version = "1")

/* not documentation */
service Derived extends Base {}
