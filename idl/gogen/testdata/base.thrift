namespace go example.base

struct Base { 1: string log_id, 2: optional Pair pair }
struct Pair { 1: i32 a, 2: i32 b = 4 }
service Root { Pair root(1: Base base) }
