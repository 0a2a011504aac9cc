namespace go example.rules

include "base.thrift"

enum Level { NONE, LOW, BOTTOM = 1, HIGH = 5000 }
typedef list<Level> Levels

struct Limits {
  1: i32 most (vt.gt = "0", vt.le = "0x10")
  2: string kind (vt.in = "Debug", vt.in = "it's", vt.in = "", vt.not_contains = "@")
  3: string code (vt.pattern = "^[a-z,\\d]+$", vt.max_size = "$most", vt.suffix = "@example.com")
  4: Level level (vt.const = "Level.LOW", vt.not_in = "BOTTOM", vt.not_in = "5000", vt.defined_only = "true")
  5: list<double> values (vt.elem.gt = "0.25", vt.elem.le = "@len($code)")
  6: map<Level, list<string>> texts (vt.key.defined_only = "true", vt.key.in = "HIGH", vt.value.elem.prefix = "@sprintf(\"%s, it's \"; $kind)", vt.no_sparse)
  7: optional Levels levels (vt.not_nil = "true", vt.elem.const = "HIGH")
  8: base.Base base (vt.not_nil = "true", vt.skip = "true", go.tag = 'form:"b"')
  9: list<base.Pair> pairs (vt.elem.skip = "false", vt.elem.not_nil = "true")
  10: binary raw (vt.const = "`\t", vt.min_rune_size = "1") // in backquotes there is no backquote
  11: i32 count (vt.not_nil = "true")
} (vt.assert = "@equal($most,@add($count, 1))", vt.assert = "@equal(@mod($most; 2),0)")

exception Wrong { 1: string message (vt.min_size = "1") }
union Choice { 1: i64 id (vt.ge = "1"), 2: string name }
