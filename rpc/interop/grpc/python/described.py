"""A client on grpcio of a service whose definition was made from its description: described.py address."""

import sys

import grpc
from tagwire import paper_pb2, paper_pb2_grpc

page = paper_pb2.page
wrong = []


def equal(what, got, want):
    if got != want:
        wrong.append(f"{what}: got {got!r:.500}, want {want!r:.500}")


def main(address):
    with grpc.insecure_channel(address) as channel:
        desk = paper_pb2_grpc.DeskStub(channel)
        sent = page(title="ü", words={"a": 1, "b": (1 << 32) - 1}, mood=paper_pb2.GLAD, marks=[-1, 1 << 62], number=-5)
        got = desk.Turn(sent, timeout=20)
        equal("title", got.title, "ü GLAD [-1 4611686018427387904] false")
        equal("words", dict(got.words), {"a": 2, "b": 0})
        equal("mood", got.mood, paper_pb2.SAD)
        equal("next", got.next, sent)
        equal("choice", (got.WhichOneof("choice"), got.text), ("text", "-5"))
        sent.perhaps = False
        equal("perhaps", desk.Turn(sent, timeout=20).title, "ü GLAD [-1 4611686018427387904] true")
        equal("copies", list(desk.Copy(sent, timeout=20)), [sent, sent])
        equal("joined", desk.Join(iter([page(title="a"), page(title="b")]), timeout=20).title, "ab")


main(*sys.argv[1:])
if wrong:
    sys.exit("\n".join(wrong))
