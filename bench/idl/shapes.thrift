// The messages of the cases that have the shapes of real programs. Apache's compiler and thriftgo both make Go of this file. No
// field is called String: the generated structs have a method of that name.
namespace go shapes

enum Grade {
  NONE = 0,
  PLAIN = 1,
  FINE = 2,
}

struct Part {
  1: string Name,
  2: i64 Count,
  3: optional Grade Grade,
  4: optional double Weight,
}

struct Complex {
  1: string Name,
  2: i64 Number,
  3: Grade Grade,
  4: list<Part> Parts,
  5: map<string, Part> PartByName,
  6: map<Grade, list<i64>> CountsByGrade,
  7: list<string> Tags,
  8: binary Blob,
  9: optional string Note,
  10: optional i32 Limit,
  11: bool Active,
  12: Part Main,
}

// The structs of examples/quickstart/order.thrift.
enum Status {
  PLACED = 1,
  PAID = 2,
  SHIPPED = 3,
}

struct Customer {
  1: required i64 Number,
  2: required string Name,
  3: optional string Email,
  4: set<string> Languages,
}

struct Item {
  1: required string Article,
  2: i32 Quantity,
  3: double Price,
  4: optional string Note,
}

struct Order {
  1: required i64 Number,
  2: Status Status,
  3: Customer Customer,
  4: list<Item> Items,
  5: map<string, string> Labels,
  6: map<i32, i64> Stock,
  7: optional double Discount,
  8: optional i64 Shipped,
  9: bool Gift,
  10: binary Signature,
}

struct Sparse {
  1: optional bool Flag0,
  2: optional i32 Int0,
  3: optional i64 Long0,
  4: optional double Real0,
  5: optional string Text0,
  6: optional bool Flag1,
  7: optional i32 Int1,
  8: optional i64 Long1,
  9: optional double Real1,
  10: optional string Text1,
  11: optional bool Flag2,
  12: optional i32 Int2,
  13: optional i64 Long2,
  14: optional double Real2,
  15: optional string Text2,
  16: optional bool Flag3,
  17: optional i32 Int3,
  18: optional i64 Long3,
  19: optional double Real3,
  20: optional string Text3,
  21: optional bool Flag4,
  22: optional i32 Int4,
  23: optional i64 Long4,
  24: optional double Real4,
  25: optional string Text4,
  26: optional bool Flag5,
  27: optional i32 Int5,
  28: optional i64 Long5,
  29: optional double Real5,
  30: optional string Text5,
}

struct Tree {
  1: string Name,
  2: i64 Weight,
  3: list<Tree> Children,
}

// Both has a field of each kind for Half, and another one that Half does not know.
struct Both {
  1: i32 IntA,
  2: i32 IntB,
  3: string TextA,
  4: string TextB,
  5: list<i64> LongsA,
  6: list<i64> LongsB,
  7: Part PartA,
  8: Part PartB,
  9: double RealA,
  10: double RealB,
  11: map<string, string> TextByTextA,
  12: map<string, string> TextByTextB,
  13: bool FlagA,
  14: bool FlagB,
  15: list<Part> PartsA,
  16: list<Part> PartsB,
  17: i64 LongA,
  18: i64 LongB,
  19: binary BlobA,
  20: binary BlobB,
}

struct Half {
  1: i32 IntA,
  4: string TextB,
  5: list<i64> LongsA,
  8: Part PartB,
  9: double RealA,
  12: map<string, string> TextByTextB,
  13: bool FlagA,
  16: list<Part> PartsB,
  17: i64 LongA,
  20: binary BlobB,
}

struct Key {
  1: i64 Long,
  2: string Text,
}

struct MapBool {
  1: map<bool, i64> Values,
}

struct MapI8 {
  1: map<i8, i64> Values,
}

struct MapI16 {
  1: map<i16, i64> Values,
}

struct MapI32 {
  1: map<i32, i64> Values,
}

struct MapI64 {
  1: map<i64, i64> Values,
}

struct MapDouble {
  1: map<double, i64> Values,
}

struct MapText {
  1: map<string, i64> Values,
}

struct MapEnum {
  1: map<Grade, i64> Values,
}

struct MapStruct {
  1: map<Key, i64> Values,
}
