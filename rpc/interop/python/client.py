"""client.py HOST:PORT framed|buffered plain|multiplexed binary|compact apache|tagwire

Calls every method of a server and exits with status 1 if an answer is not what it should be. The last argument says
whose server it is: Apache's do not agree on the types of exceptions that are not declared.
"""

import sys
import time

from alltypes import Calculator, Extended
from alltypes.ttypes import Color, Denied, NotFound, Point
from alltypes_peer import PROTOCOLS, TRANSPORTS, join, sample
from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.Thrift import TApplicationException
from thrift.transport import TSocket

failures = []


def equal(what, got, want):
    if got != want:
        failures.append(f"{what}: got {str(got):.500}, want {str(want):.500}")


def raised(what, kind, call, *arguments):
    """Returns the exception that a call raises, which must be of a kind."""
    try:
        result = call(*arguments)
    except kind as exception:
        return exception
    failures.append(f"{what}: got {result}, want {kind.__name__}")
    return None


def check_echoes(client):
    client.ping()
    for name, values in {
        "echoBool": [True, False],
        "echoI8": [0, 1, -1, 127, -128],
        "echoI16": [0, 1, -1, 32767, -32768],
        "echoI32": [0, 1, -1, 2147483647, -2147483648],
        "echoI64": [0, 1, -1, 9223372036854775807, -9223372036854775808],
        "echoDouble": [0.0, -1.5, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf")],
        "echoString": ["", "a", "Grüße, 世界 🌍", "\0", "long " * 60000],
        "echoBinary": [b"", b"\x00\xff", bytes(range(256)) * 4096],
        "echoColor": [Color.RED, Color.GREEN, Color.BLUE],
        "echoSet": [set(), {"one"}, {"one", "two", "three"}],
        "echoGrid": [[], [[]], [[1, 2], [], [-3]], [list(range(1000))] * 20],
        "echoNested": [{}, {"a": {}, "b": {1: [], -2: [Point(x=1, y=2), Point(x=3, y=4)]}}],
        "echoEverything": [sample()],
    }.items():
        for value in values:
            equal(name, getattr(client, name)(value), value)


def check_services(client):
    equal("sample", client.sample(), sample())
    equal("check", client.check(sample()), None)
    parameters = (True, -8, -1600, 320000, -(2**40), -2.625, "ü", b"\x00\xfe", Color.GREEN, Point(x=3, y=-4), [5, -6])
    equal("join", client.join(*parameters), join(*parameters))
    equal("delay", client.delay("later", 20), "later")


def check_exceptions(client, server):
    equal("find", client.find("sample"), sample())
    equal("find", raised("find", Denied, client.find, "secret"), Denied(reason="locked", level=Color.GREEN))
    equal("find", raised("find", NotFound, client.find, "x"), NotFound(key="x", near=["sample", "secret"]))
    equal("remove", client.remove("sample", 7), None)
    equal("remove", raised("remove", Denied, client.remove, "secret", 7), Denied(reason="locked", level=Color.GREEN))
    equal("remove", raised("remove", NotFound, client.remove, "y", 7), NotFound(key="y", near=["sample", "secret"]))
    failure = raised("fail", TApplicationException, client.fail, "the text")
    if server == "tagwire":
        equal("fail", failure.type, TApplicationException.INTERNAL_ERROR)
        equal("fail", failure.message, "the text")
    for _ in range(2):
        unknown = raised("later", TApplicationException, client.later, skippable(), ["a", "b"])
        if server == "tagwire":
            equal("later", unknown.type, TApplicationException.UNKNOWN_METHOD)
        client.ping()


def skippable():
    """Returns the sample with a blob that is text: Apache's Python server cannot skip any other."""
    value = sample()
    value.blob = b"text"
    return value


def check_oneway(client):
    """A server may run a oneway method beside the next call, so the count may take a while to appear."""
    key = f"python {time.time_ns()}"
    client.notify(key, 1 << 40)
    for _ in range(500):
        if client.notified(key) == 1 << 40:
            break
        time.sleep(0.01)
    equal("notified", client.notified(key), 1 << 40)


def main():
    address, transport, services, form, server = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    socket = TSocket.TSocket(host, int(port))
    socket.setTimeout(20000)
    channel = TRANSPORTS[transport][0](socket)
    channel.open()
    protocol = PROTOCOLS[form][0](channel)
    multiplexed = services == "multiplexed"
    client = Extended.Client(TMultiplexedProtocol(protocol, "AllTypes") if multiplexed else protocol)
    check_echoes(client)
    check_services(client)
    check_exceptions(client, server)
    check_oneway(client)
    if multiplexed:
        numbers = Calculator.Client(TMultiplexedProtocol(protocol, "Calculator"))
        equal("add", numbers.add(-5, 1 << 40), (1 << 40) - 5)
        equal("owner", [client.owner(), numbers.owner()], ["AllTypes", "Calculator"])
    channel.close()


main()
if failures:
    sys.exit("\n".join(failures))
