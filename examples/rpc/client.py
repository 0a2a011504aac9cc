#!/usr/bin/python3
"""Calls the server of this example with Apache Thrift's own Python library (Debian: python3-thrift).

    go run ./examples/rpc -listen 127.0.0.1:9090
    examples/rpc/client.py 127.0.0.1 9090

A compiler would make classes from tasks.thrift. Here the calls are written out, to need nothing but the library.
"""
import sys

from thrift.protocol import TBinaryProtocol
from thrift.Thrift import TApplicationException, TMessageType, TType
from thrift.transport import TSocket, TTransport


def call(protocol, method, kind, fields):
    """Sends a call whose arguments are (id, type, writer name, value)."""
    protocol.writeMessageBegin(method, kind, 0)
    protocol.writeStructBegin("arguments")
    for number, wire_type, writer, value in fields:
        protocol.writeFieldBegin("", wire_type, number)
        getattr(protocol, writer)(value)
        protocol.writeFieldEnd()
    protocol.writeFieldStop()
    protocol.writeStructEnd()
    protocol.writeMessageEnd()
    protocol.trans.flush()


def read_value(protocol, wire_type):
    if wire_type == TType.STRUCT:
        return read_struct(protocol)
    if wire_type == TType.LIST:
        element, count = protocol.readListBegin()
        return [read_value(protocol, element) for _ in range(count)]
    readers = {
        TType.BOOL: protocol.readBool,
        TType.I32: protocol.readI32,
        TType.I64: protocol.readI64,
        TType.STRING: protocol.readString,
    }
    return readers[wire_type]()


def read_struct(protocol):
    """Returns the fields of a struct by their ids."""
    fields = {}
    protocol.readStructBegin()
    while True:
        _, wire_type, number = protocol.readFieldBegin()
        if wire_type == TType.STOP:
            break
        fields[number] = read_value(protocol, wire_type)
        protocol.readFieldEnd()
    protocol.readStructEnd()
    return fields


def reply(protocol):
    _, kind, _ = protocol.readMessageBegin()
    if kind == TMessageType.EXCEPTION:
        failure = TApplicationException()
        failure.read(protocol)
        protocol.readMessageEnd()
        raise failure
    result = read_struct(protocol)
    protocol.readMessageEnd()
    return result


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    transport = TTransport.TFramedTransport(TSocket.TSocket(host, port))
    protocol = TBinaryProtocol.TBinaryProtocol(transport)
    transport.open()

    call(protocol, "add", TMessageType.CALL, [(1, TType.STRING, "writeString", "from Python")])
    task = reply(protocol)[0]
    print("added", task[1], task[2])

    call(protocol, "list", TMessageType.CALL, [(1, TType.BOOL, "writeBool", True)])
    print("open:", [t[2] for t in reply(protocol)[0]])

    call(protocol, "finish", TMessageType.CALL, [(1, TType.I64, "writeI64", 99)])
    print("task", reply(protocol)[1][1], "does not exist")

    call(protocol, "log", TMessageType.ONEWAY,
         [(1, TType.STRING, "writeString", "bye"), (2, TType.I32, "writeI32", 2)])
    transport.close()


if __name__ == "__main__":
    main()
