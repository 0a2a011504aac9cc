// The message types of the benchmark, for the Apache Thrift compiler. The Go structs with the same fields are in cases.go
// and wide.go. No field is called String: the generated struct has a method of that name.
namespace go apachegen

enum Kind {
  UNKNOWN = 0,
  FIRST = 1,
  SECOND = 2,
}

struct Small {
  1: i8 Byte,
  2: i64 Long,
  3: double Real,
  4: i32 Int,
  5: string Text,
  6: binary Blob,
  7: Kind Kind,
}

struct Medium {
  1: string Text,
  2: list<Small> Smalls,
  3: double Real,
  4: i32 Int,
  5: list<i32> Ints,
  6: i64 Long,
  7: map<string, string> TextByText,
  8: Small Small,
  9: map<i32, i64> LongByInt,
  10: list<string> Texts,
  11: binary Blob,
  12: map<i64, string> TextByLong,
  13: list<i64> Longs,
  14: i8 Byte,
  15: map<string, Small> SmallByText,
}

struct Large {
  1: map<Small, Medium> MediumBySmall,
  2: list<Medium> Mediums,
  3: Medium Medium,
  4: Small Small,
  5: i8 Byte,
  6: i32 Int,
  7: i64 Long,
  8: double Real,
}

struct Strings {
  1: list<string> Texts,
}

struct Deep {
  1: i32 Int,
  2: i64 Long,
  3: double Real,
  4: optional Deep Next,
}

struct Item {
  1: i64 Long,
  2: i32 Int,
  3: double Real,
  4: string Text,
}

struct Structs {
  1: list<Item> Items,
}

struct ListI32 {
  1: list<i32> Values,
}

struct ListI64 {
  1: list<i64> Values,
}

struct ListDouble {
  1: list<double> Values,
}

struct Wide {
  1: bool Flag0,
  2: bool Flag1,
  3: bool Flag2,
  4: bool Flag3,
  5: bool Flag4,
  6: bool Flag5,
  7: bool Flag6,
  8: bool Flag7,
  9: bool Flag8,
  10: bool Flag9,
  11: bool Flag10,
  12: bool Flag11,
  13: bool Flag12,
  14: bool Flag13,
  15: bool Flag14,
  16: bool Flag15,
  17: bool Flag16,
  18: bool Flag17,
  19: bool Flag18,
  20: bool Flag19,
  21: i16 Short0,
  22: i16 Short1,
  23: i16 Short2,
  24: i16 Short3,
  25: i16 Short4,
  26: i16 Short5,
  27: i16 Short6,
  28: i16 Short7,
  29: i16 Short8,
  30: i16 Short9,
  31: i16 Short10,
  32: i16 Short11,
  33: i16 Short12,
  34: i16 Short13,
  35: i16 Short14,
  36: i16 Short15,
  37: i16 Short16,
  38: i16 Short17,
  39: i16 Short18,
  40: i16 Short19,
  41: i32 Int0,
  42: i32 Int1,
  43: i32 Int2,
  44: i32 Int3,
  45: i32 Int4,
  46: i32 Int5,
  47: i32 Int6,
  48: i32 Int7,
  49: i32 Int8,
  50: i32 Int9,
  51: i32 Int10,
  52: i32 Int11,
  53: i32 Int12,
  54: i32 Int13,
  55: i32 Int14,
  56: i32 Int15,
  57: i32 Int16,
  58: i32 Int17,
  59: i32 Int18,
  60: i32 Int19,
  61: i64 Long0,
  62: i64 Long1,
  63: i64 Long2,
  64: i64 Long3,
  65: i64 Long4,
  66: i64 Long5,
  67: i64 Long6,
  68: i64 Long7,
  69: i64 Long8,
  70: i64 Long9,
  71: i64 Long10,
  72: i64 Long11,
  73: i64 Long12,
  74: i64 Long13,
  75: i64 Long14,
  76: i64 Long15,
  77: i64 Long16,
  78: i64 Long17,
  79: i64 Long18,
  80: i64 Long19,
  81: double Real0,
  82: double Real1,
  83: double Real2,
  84: double Real3,
  85: double Real4,
  86: double Real5,
  87: double Real6,
  88: double Real7,
  89: double Real8,
  90: double Real9,
  91: double Real10,
  92: double Real11,
  93: double Real12,
  94: double Real13,
  95: double Real14,
  96: double Real15,
  97: double Real16,
  98: double Real17,
  99: double Real18,
  100: double Real19,
}
