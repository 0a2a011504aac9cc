"""A server of idl/talk.proto on grpcio: server.py [certificate key]."""

import concurrent.futures
import sys

import grpc
import talk_pb2
import talk_pb2_grpc


class Talk(talk_pb2_grpc.TalkServicer):
    def Say(self, line, context):
        received = context.invocation_metadata()
        context.send_initial_metadata([pair for pair in received if pair[0] == "x-echo"])
        context.set_trailing_metadata([pair for pair in received if pair[0] == "x-echo-bin"])
        if line.text == "fail":
            context.abort(grpc.StatusCode.NOT_FOUND, line.about.text)
        if line.text == "sleep":
            done = concurrent.futures.Future()
            context.add_callback(lambda: done.set_result(None))
            done.result()
        line.number += 1
        return line

    def Split(self, line, context):
        for number, word in enumerate(line.words):
            yield talk_pb2.Line(text=word, number=number)
            if word == "fail":
                context.abort(grpc.StatusCode.ABORTED, "as asked")

    def Join(self, lines, context):
        joined = talk_pb2.Line()
        for line in lines:
            joined.words.append(line.text)
            joined.number += line.number
        return joined

    def Converse(self, lines, context):
        for line in lines:
            yield talk_pb2.Line(text=line.text, number=-line.number)
            if line.text == "bye":
                return

    # Missing is what the generated class makes of it: unimplemented.


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16))
    talk_pb2_grpc.add_TalkServicer_to_server(Talk(), server)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "rb") as certificate, open(sys.argv[2], "rb") as key:
            credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(None).wait()


main()
