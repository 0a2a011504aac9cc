// The call that bench/rpc measures.

namespace go echogen

struct Request {
  1: string message
}

struct Response {
  1: string message
}

service Echo {
  Response echo(1: Request request)
}
