namespace go demo.shop

include "base.thrift"

enum Color { RED = 1, GREEN = 2, dark_blue = 7 }
enum http_code { OK = 200, not_found = 404 }

typedef i64 UserId
typedef Item Thing
typedef list<string> Names
typedef Color Paint

struct Item {
  1: required i64 id
  2: optional string url_path = "x"
  3: Color color = Color.RED
  4: optional i32 n
  5: list<string> tags = ["a"]
  6: optional Color oc
  7: Item next
  8: set<UserId> users
  9: map<string, Item> m
  10: optional binary b
  11: optional bool flag = true
  12: map<binary, i32> mb
  13: optional Color oc2 = Color.GREEN
  14: Thing thing
  15: optional UserId u2
  16: Names names
  17: i32 type
  18: optional list<Item> items
  19: map<Color, list<set<i64>>> deep
  20: optional double d = 1.5
  21: optional binary blob = "ab"
  22: base.Base base
  23: optional base.Kind kind
  24: required double String
  25: i32 getId
  26: i8 tiny
  27: i16 small
  28: list<binary> blobs
  29: optional map<string, string> labels = {"a": "b"}
  30: Paint paint
  31: optional Item link
  32: string tagged (go.tag = 'json:"renamed" form:"tagged"')
}

union Choice { 1: i32 a, 2: Item item, 3: string text, 4: list<i32> numbers, 5: binary raw }

exception NotFound { 1: string message, 2: optional i32 code = 4, 3: string Error }

const i32 MAX_SIZE = 10
const string greeting_text = "hi"
const double RATIO = 0.5
const bool DEBUG = true
const map<string, i32> m = {"a": 1}
const list<Color> shades = [Color.RED, Color.GREEN]
const Item it = {"id": 3, "url_path": "foo"}
const Color c = Color.GREEN

service Parent { void ping() }

service Store extends Parent {
  Item get(1: i64 id, 2: optional string s) throws (1: NotFound nf)
  oneway void touch(1: UserId a)
  list<Item> all(1: Color type, 2: base.Base base)
  string userName(1: i32 user_id)
  void clear_all()
}

service Other extends base.Root { base.Base fetch(1: list<base.Kind> kinds) }
