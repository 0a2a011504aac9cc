// client.js HOST:PORT framed|buffered plain|multiplexed binary|compact apache|tagwire
//
// Calls every method of a server and exits with status 1 if an answer is not what it should be. The last argument says
// whose server it is: Apache's do not agree on the types of exceptions that are not declared.
"use strict";

const thrift = require("thrift");
const Calculator = require("Calculator");
const Extended = require("Extended");
const types = require("alltypes_types");
const peer = require("./peer");

const [address, transport, services, format, kind] = process.argv.slice(2);
const [host, port] = address.split(":");
const failures = [];

function equal(what, got, want, isSet) {
  if (!peer.same(got, want, isSet)) {
    failures.push(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`.slice(0, 1000));
  }
}

// rejected returns the exception of a call, which must be of a kind.
async function rejected(what, constructor, call) {
  try {
    failures.push(`${what}: got ${JSON.stringify(await call)}, want ${constructor.name}`);
  } catch (exception) {
    if (exception instanceof constructor) {
      return exception;
    }
    failures.push(`${what}: got ${exception}, want ${constructor.name}`);
  }
  return {};
}

const point = (x, y) => new types.Point({ x, y });

const echoes = {
  echoBool: [true, false],
  echoI8: [0, 1, -1, 127, -128],
  echoI16: [0, 1, -1, 32767, -32768],
  echoI32: [0, 1, -1, 2147483647, -2147483648],
  echoI64: [0n, 1n, -1n, 9223372036854775807n, -9223372036854775808n].map(peer.i64),
  echoDouble: [0, -1.5, 1.7976931348623157e308, Infinity, -Infinity],
  echoString: ["", "a", "Grüße, 世界 🌍", "\0", "long ".repeat(60000)],
  echoBinary: [Buffer.alloc(0), Buffer.from([0, 255]), Buffer.alloc(1 << 20, Buffer.from([0, 127, 128, 255]))],
  echoColor: [types.Color.RED, types.Color.GREEN, types.Color.BLUE],
  echoSet: [[], ["one"], ["one", "two", "three"]],
  echoGrid: [[], [[]], [[1, 2], [], [-3]], Array(20).fill(Array(1000).fill(-4))],
  echoNested: [{}, { a: {}, b: { 1: [], "-2": [point(1, 2), point(3, 4)] } }],
  echoEverything: [peer.sample()],
};

// checkEchoes sends all calls before it waits for the first answer: this library pipelines them.
async function checkEchoes(client) {
  await client.ping();
  const calls = [];
  for (const [name, values] of Object.entries(echoes)) {
    for (const value of values) {
      calls.push(client[name](value).then((got) => equal(name, got, value, name === "echoSet")));
    }
  }
  for (let i = 0; i < 200; i++) {
    const pause = i % 20 === 0 ? 5 : 0;
    calls.push(client.delay(`pipelined ${i}`, pause).then((got) => equal("delay", got, `pipelined ${i}`)));
  }
  await Promise.all(calls);
}

async function checkServices(client) {
  equal("sample", await client.sample(), peer.sample());
  await client.check(peer.sample());
  const blob = Buffer.from([0, 254]);
  const large = peer.i64(-(1n << 40n));
  const parameters = [true, -8, -1600, 320000, large, -2.625, "ü", blob, types.Color.GREEN, point(3, -4), [5, -6]];
  equal("join", await client.join(...parameters), peer.join(...parameters));
}

async function checkExceptions(client) {
  const denied = { reason: "locked", level: types.Color.GREEN };
  const missing = { key: "x", near: ["sample", "secret"] };
  const fields = ({ key, near, reason, level }) => JSON.parse(JSON.stringify({ key, near, reason, level }));
  equal("find", await client.find("sample"), peer.sample());
  equal("find", fields(await rejected("find", types.Denied, client.find("secret"))), denied);
  equal("find", fields(await rejected("find", types.NotFound, client.find("x"))), missing);
  await client.remove("sample", 7);
  equal("remove", fields(await rejected("remove", types.Denied, client.remove("secret", 7))), denied);
  equal("remove", fields(await rejected("remove", types.NotFound, client.remove("x", 7))), missing);

  const { TApplicationException: ApplicationException, TApplicationExceptionType: codes } = thrift.Thrift;
  const failure = await rejected("fail", ApplicationException, client.fail("the text"));
  if (kind === "tagwire") {
    equal("fail", [failure.type, failure.message], [codes.INTERNAL_ERROR, "the text"]);
  }
  // Apache's Python server cannot skip a blob that is not text.
  const skippable = peer.sample();
  skippable.blob = Buffer.from("text");
  for (let i = 0; i < 2; i++) {
    const unknown = await rejected("later", ApplicationException, client.later(skippable, ["a", "b"]));
    if (kind === "tagwire") {
      equal("later", unknown.type, codes.UNKNOWN_METHOD);
    }
    await client.ping();
  }
}

// checkOneway gives the count a while to appear: a server may run a oneway method beside the next call.
async function checkOneway(client) {
  const key = `node ${process.pid} ${process.hrtime.bigint()}`;
  const count = peer.i64(1n << 40n);
  await client.notify(key, count);
  let got;
  for (let i = 0; i < 500; i++) {
    got = await client.notified(key);
    if (peer.same(got, count)) {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  equal("notified", got, count);
}

async function main() {
  const options = { transport: peer.transports[transport], protocol: peer.protocols[format] };
  const connection = thrift.createConnection(host, Number(port), options);
  connection.on("error", (failure) => end([failure.stack || failure]));
  connection.on("close", () => end(["the server closed the connection"]));
  const multiplexer = services === "multiplexed" && new thrift.Multiplexer();
  const client = multiplexer
    ? multiplexer.createClient("AllTypes", Extended, connection)
    : thrift.createClient(Extended, connection);
  await checkEchoes(client);
  await checkServices(client);
  await checkExceptions(client);
  await checkOneway(client);
  if (multiplexer) {
    const calculator = multiplexer.createClient("Calculator", Calculator, connection);
    equal("add", await calculator.add(-5, peer.i64(1n << 40n)), peer.i64((1n << 40n) - 5n));
    equal("owner", await Promise.all([client.owner(), calculator.owner()]), ["AllTypes", "Calculator"]);
  }
}

function end(problems) {
  if (problems.length > 0) {
    console.error(problems.join("\n"));
  }
  process.exit(problems.length > 0 ? 1 : 0);
}

setTimeout(() => end([...failures, "not done after 30 s"]), 30000);
main().then(
  () => end(failures),
  (failure) => end([...failures, failure.stack || String(failure)]),
);
