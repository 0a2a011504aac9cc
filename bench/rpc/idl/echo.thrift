// The calls of Apache Thrift that bench/rpc measures.

include "../../idl/shapes.thrift"

namespace go echogen

struct Request {
  1: string message
}

struct Response {
  1: string message
}

service Echo {
  Response echo(1: Request request)
  shapes.Complex complex(1: shapes.Complex request)
}
