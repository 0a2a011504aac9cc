"""A client of idl/talk.proto on grpcio that checks all that it is told: client.py address [certificate]."""

import queue
import sys

import grpc
import talk_pb2
import talk_pb2_grpc

Line = talk_pb2.Line
wrong = []


def check(what, good, *seen):
    if not good:
        wrong.append(what)
        print("wrong:", what, *(repr(s)[:500] for s in seen))


def sample():
    line = Line(text="ünïcödé ☺ 😈", number=-(1 << 62), data=b"\0\xff\x80", words=["", "a", "ß"], mood=talk_pb2.SAD, weight=-0.1)
    line.counts[""] = 0
    line.counts["many"] = (1 << 32) - 1
    line.about.text = "inner"
    line.about.weight = 0
    line.marks.extend([0, (1 << 32) - 1])
    return line


def many():
    return ["w" * (1 + i % 7 * i % 5000) for i in range(1000)]


def fails(what, call, code, message=None):
    """Checks that a call, or the reading of its responses, fails with a code, and returns what came before."""
    came = []
    try:
        result = call()
        if hasattr(result, "__next__"):
            for line in result:
                came.append(line)
    except grpc.RpcError as error:
        check(what, error.code() == code, error.code(), error.details())
        check(what + ": the message", message is None or error.details() == message, error.details())
    else:
        check(what, False, "it has not failed")
    return came


def unary(stub):
    metadata = (("x-echo", "first"), ("x-echo", "second"), ("x-echo-bin", b"\0\xff\n"))
    answer, call = stub.Say.with_call(sample(), metadata=metadata)
    expected = sample()
    expected.number += 1
    check("the answer", answer == expected, answer)
    header = ",".join(value for name, value in call.initial_metadata() if name == "x-echo").replace(", ", ",")
    check("the header", header == "first,second", call.initial_metadata())
    check("the trailer", [value for name, value in call.trailing_metadata() if name == "x-echo-bin"] == [b"\0\xff\n"],
          call.trailing_metadata())
    data = b"0123456789abcdef" * (1 << 17)
    check("a long answer", stub.Say(Line(data=data)).data == data)
    check("a compressed answer", stub.Say(Line(data=data), compression=grpc.Compression.Gzip).data == data)
    message = "100% ünknown\n"
    fails("a status", lambda: stub.Say(Line(text="fail", about=Line(text=message))), grpc.StatusCode.NOT_FOUND, message)
    fails("a missing method", lambda: stub.Missing(Line()), grpc.StatusCode.UNIMPLEMENTED)
    fails("a deadline", lambda: stub.Say(Line(text="sleep"), timeout=0.2), grpc.StatusCode.DEADLINE_EXCEEDED)


def streams(stub):
    answers = list(stub.Split(Line(words=many())))
    check("a server stream", [a.text for a in answers] == many() and [a.number for a in answers] == list(range(1000)))
    came = fails("a failing stream", lambda: stub.Split(Line(words=["a", "fail", "b"])), grpc.StatusCode.ABORTED, "as asked")
    check("what came before", [a.text for a in came] == ["a", "fail"], came)
    joined = stub.Join(Line(text=word, number=i) for i, word in enumerate(many()))
    check("a client stream", list(joined.words) == many() and joined.number == sum(range(1000)))
    check("an empty client stream", stub.Join(iter(())) == Line())


def conversations(stub):
    lines = queue.Queue()
    answers = stub.Converse(iter(lines.get, None))
    for turn in range(200):
        text = "x" * (turn * turn)
        lines.put(Line(text=text, number=turn))
        answer = next(answers)
        check("an answer", answer.text == text and answer.number == -turn, answer)
    lines.put(None)
    check("the end", list(answers) == [])

    lines = queue.Queue()
    answers = stub.Converse(iter(lines.get, None))
    lines.put(Line(text="hello"))
    lines.put(Line(text="bye"))
    check("an early end", [a.text for a in answers] == ["hello", "bye"])
    lines.put(None)

    lines = queue.Queue()
    answers = stub.Converse(iter(lines.get, None))
    lines.put(Line(text="hello"))
    next(answers)
    answers.cancel()
    fails("a cancelled call", lambda: answers, grpc.StatusCode.CANCELLED)
    lines.put(None)


def main():
    if len(sys.argv) > 2:
        with open(sys.argv[2], "rb") as certificate:
            credentials = grpc.ssl_channel_credentials(certificate.read())
        channel = grpc.secure_channel(sys.argv[1], credentials, (("grpc.ssl_target_name_override", "localhost"),))
    else:
        channel = grpc.insecure_channel(sys.argv[1])
    with channel:
        stub = talk_pb2_grpc.TalkStub(channel)
        unary(stub)
        streams(stub)
        conversations(stub)
        unary(stub)
    sys.exit(1 if wrong else 0)


main()
