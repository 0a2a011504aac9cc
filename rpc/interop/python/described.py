"""described.py HOST:PORT framed|buffered plain binary|compact tagwire

Calls a server whose definition was made from its description, and exits with status 1 if an answer is not what it should be.
"""

import sys

from paper import Desk
from paper.ttypes import Mood, Page, Torn
from thrift.protocol import TBinaryProtocol, TCompactProtocol
from thrift.transport import TSocket, TTransport

TRANSPORTS = {"framed": TTransport.TFramedTransport, "buffered": TTransport.TBufferedTransport}
PROTOCOLS = {"binary": TBinaryProtocol.TBinaryProtocol, "compact": TCompactProtocol.TCompactProtocol}

failures = []


def equal(what, got, want):
    if got != want:
        failures.append(f"{what}: got {got!r:.500}, want {want!r:.500}")


def check(client):
    sent = Page(title="one", words={"a": 1, "ü": -5})
    equal("defaults", (sent.mood, sent.raw, sent.marks), (Mood.SAD, b"raw\x01", {Mood.GLAD, Mood.None_}))
    got = client.turn(sent, 7)
    equal("turn", got.title, 'one 7 SAD [GLAD None] "raw\\x01"')
    equal("words", got.words, {"a": 2, "ü": -4})
    equal("mood", got.mood, Mood.None_)
    equal("next", got.next_, sent)
    sent.mood, sent.marks, sent.raw = Mood.GLAD, set(), b"\x00\xff"
    equal("turn", client.turn(sent, -1).title, 'one -1 GLAD [] "\\x00\\xff"')
    try:
        client.turn(Page(title=""), 0)
        failures.append("nothing is torn")
    except Torn as exception:
        equal("torn", exception.title, "no title")
    equal("moods", client.moods({"SAD", "GLAD", "other"}), [Mood.GLAD, Mood.SAD])
    client.hint(Page(title="behind"))
    equal("last", client.last(), "behind")


def main():
    address, transport, _, form, _ = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    socket = TSocket.TSocket(host, int(port))
    socket.setTimeout(20000)
    channel = TRANSPORTS[transport](socket)
    channel.open()
    check(Desk.Client(PROTOCOLS[form](channel)))
    channel.close()


main()
if failures:
    sys.exit("\n".join(failures))
