// What the Node server and the Node client share: the sample, the text of join, comparison, transports and protocols.
"use strict";

const util = require("util");
const Int64 = require("node-int64");
const thrift = require("thrift");
const types = require("alltypes_types");

exports.transports = {
  framed: thrift.TFramedTransport,
  buffered: thrift.TBufferedTransport,
};

// The library takes each bool of a list, a set or a map for false when it reads Compact: it looks for a value in a property of a number.
thrift.TCompactProtocol.prototype.readBool = function () {
  if (this.boolValue_.hasBoolValue) {
    this.boolValue_.hasBoolValue = false;
    return this.boolValue_.boolValue;
  }
  return this.trans.readByte() === thrift.TCompactProtocol.Types.CT_BOOLEAN_TRUE;
};

exports.protocols = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
};

// i64 makes a 64-bit integer of a BigInt: numbers of JavaScript hold only 53 bits.
function i64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return new Int64(bytes);
}
exports.i64 = i64;

// sample returns the value that every peer has written down in its own language. Sets are arrays here.
exports.sample = function () {
  const point = (x, y) => new types.Point({ x, y });
  return new types.Everything({
    flag: true,
    tiny: -128,
    small: -32768,
    medium: -2147483648,
    large: i64(-9223372036854775808n),
    real: 6.02214076e23,
    text: "Grüße, 世界 🌍",
    blob: Buffer.from([0, 0xff, 0x80, 0x7f, 0x0a]),
    color: types.Color.BLUE,
    point: point(-1, 2),
    numbers: [0, 1, -1, 2147483647],
    names: ["alpha", "beta", ""],
    counts: { one: i64(1), big: i64(9007199254740993n) },
    grid: [[point(1, 2), point(3, 4)], [], [point(5, 6)]],
    nested: { "-7": { a: [0.5, -0.25], b: [] }, 9: {} },
    places: { home: point(0, 0), away: point(100, -100) },
    deep: [{ 1: [1, 2], "-300": [-128] }, {}],
    note: "set, though optional",
    palette: [types.Color.RED, types.Color.BLUE],
    bits: [true, false, true],
  });
};

// join returns the parameters of join as text. Eighths of the double are whole numbers, which all languages print alike.
exports.join = function (flag, tiny, small, medium, large, real, text, blob, color, point, numbers) {
  const exact = large.buffer.readBigInt64BE(large.offset);
  return (
    `flag=${flag} tiny=${tiny} small=${small} medium=${medium} large=${exact} eighths=${real * 8} ` +
    `text=${text} blob=${blob.toString("hex")} color=${color} point=${point.x},${point.y} numbers=${numbers.join(",")}`
  );
};

// plain turns a value into one of strings, arrays and objects that compares by content. Its argument names say where it
// is, because an array may be a set, whose elements come in any order.
function plain(value, isSet) {
  if (value instanceof Int64) {
    return "i64 " + value.buffer.readBigInt64BE(value.offset);
  }
  if (Buffer.isBuffer(value)) {
    return "binary " + value.toString("hex");
  }
  if (Array.isArray(value)) {
    const elements = value.map((element) => plain(element, false));
    return isSet ? elements.sort() : elements;
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const fields = {};
  for (const name of Object.keys(value).sort()) {
    if (value[name] !== null) {
      fields[name] = plain(value[name], name === "names");
    }
  }
  if (fields.deep) {
    fields.deep = value.deep.map((sets) => Object.entries(sets).map(([key, set]) => [key, [...set].sort()]).sort());
  }
  return fields;
}

// same tells whether two values are equal; isSet, that they are sets.
exports.same = function (left, right, isSet) {
  return util.isDeepStrictEqual(plain(left, isSet), plain(right, isSet));
};
