/** Shared things. */
/** The limit. */
const i32 LIMIT = 42
enum Colour { RED, GREEN = 16 }
struct Far { 1: i32 value }
union Choice { 1: i32 number, 2: string text }
exception Broken {}
service Root { i32 depth() }
