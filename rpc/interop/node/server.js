// server.js framed|buffered plain|multiplexed binary|compact
//
// Serves on a free port of 127.0.0.1, prints the port, and ends when its standard input does.
"use strict";

const thrift = require("thrift");
const AllTypes = require("AllTypes");
const Calculator = require("Calculator");
const types = require("alltypes_types");
const peer = require("./peer");

const counts = new Map();
const echo = async (value) => value;

// Thrift's code counts the parameters of a method to know whether it takes a callback; these do not.
const allTypes = {
  ping: async () => {},
  echoBool: echo,
  echoI8: echo,
  echoI16: echo,
  echoI32: echo,
  echoI64: echo,
  echoDouble: echo,
  echoString: echo,
  echoBinary: echo,
  echoColor: echo,
  echoSet: echo,
  echoGrid: echo,
  echoNested: echo,
  echoEverything: echo,
  sample: async () => peer.sample(),
  check: async (value) => {
    if (!peer.same(value, peer.sample())) {
      throw new Error("not the sample: " + JSON.stringify(value));
    }
  },
  join: async (flag, tiny, small, medium, large, real, text, blob, color, point, numbers) =>
    peer.join(flag, tiny, small, medium, large, real, text, blob, color, point, numbers),
  find: async (key) => {
    if (key === "sample") {
      return peer.sample();
    }
    if (key === "secret") {
      throw new types.Denied({ reason: "locked", level: types.Color.GREEN });
    }
    throw new types.NotFound({ key, near: ["sample", "secret"] });
  },
  remove: async (key, version) => {
    if (version !== 7) {
      throw new Error("version " + version + ", not 7");
    }
    await allTypes.find(key);
  },
  notify: (key, count) => {
    counts.set(key, count);
  },
  notified: async (key) => counts.get(key) || 0,
  delay: (text, milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds, text)),
  fail: async (text) => {
    throw new Error(text);
  },
  owner: async () => "AllTypes",
};

const calculator = {
  add: async (left, right) => peer.i64(BigInt(left) + right.buffer.readBigInt64BE(right.offset)),
  owner: async () => "Calculator",
};

const [transport, services, format] = process.argv.slice(2);
const options = { transport: peer.transports[transport], protocol: peer.protocols[format] };
let server;
if (services === "multiplexed") {
  const both = new thrift.MultiplexedProcessor();
  both.registerProcessor("AllTypes", new AllTypes.Processor(allTypes));
  both.registerProcessor("Calculator", new Calculator.Processor(calculator));
  server = thrift.createMultiplexServer(both, options);
} else {
  server = thrift.createServer(AllTypes, allTypes, options);
}
server.on("error", (failure) => console.error(failure));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit(0));
