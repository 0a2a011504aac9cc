namespace go demo.base

enum Kind { A, B }
struct Base { 1: string log_id, 255: optional map<string, string> extra }
service Root { void stop(1: Base base) }
