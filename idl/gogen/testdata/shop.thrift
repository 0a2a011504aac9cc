/** All that a shop has. */
namespace go example.shop
namespace py shop

include "base.thrift"

/** How much there is. */
enum Stock {
  NONE = 0
  /** Some, but not many. */
  SOME = 1
  A_FEW = 1
  PLENTY_MORE = 7
}

typedef i64 ItemId
typedef Item Thing
typedef map<string, list<Stock>> Stocks

const i32 MAX_ITEMS = 100
const double RATIO = 0.5
const string GREETING = "say \"hi\"\n"
const bool open = true
const Stock USUAL = Stock.SOME
const ItemId FIRST = 1
const binary RAW = "ab"
const list<i32> NUMBERS = [1, 2, 3]
const map<Stock, string> LABELS = { Stock.NONE: "none", 1: "some" }
const Item PEN = { "item_id": 1, "http_url": "http://x", "size": 3 }
const list<Item> ITEMS = [ {"item_id": 2}, { "next": {"item_id": 3} } ]

/**
 * An item, +build not
 *
 *   indented
 */
struct Item {
  /** Its number. */
  1: required ItemId item_id
  2: string http_url = "none"
  3: optional i32 size
  4: optional double weight = 2
  5: Stock stock = Stock.SOME
  6: optional Stock last
  7: list<string> tags = ["new"]
  8: optional list<Item> parts
  9: set<ItemId> likes
  10: Stocks stocks
  11: map<binary, Item> by_key
  12: Item next
  13: optional Item link
  14: base.Base base
  15: required base.Base must
  16: optional binary photo = "p"
  17: i8 type
  18: i32 func
  19: i32 itemID
  -5: bool negative
  bool implicit
  20: map<base.Pair, i16> pairs
  21: optional bool Error
  22: string tagged (go.tag = 'json:"t" form:"t"')
}

union Choice { 1: Item item, 2: string text, 3: list<i32> numbers, 4: i32 number = 3 }

struct Empty {}

exception NotFound { 1: optional string message, 2: ItemId id }
exception Refused { 1: i32 Error }

service Shop extends base.Root {
  /** Get returns one. */
  Item get(1: ItemId id, 2: optional bool all) throws (1: NotFound missing, 2: Refused refused)
  oneway void touch(1: ItemId id)
  list<Stock> stock_of(5: set<ItemId> ids, 3: Stock type)
  void clear()
  string Root(1: string ctx, 2: i32 func, 3: i32 FUNC)
}
