"""server.py framed|buffered plain|multiplexed binary|compact

Serves on a free port of 127.0.0.1, prints the port, and ends when its standard input does.
"""

import os
import sys
import threading
import time

from alltypes import AllTypes, Calculator
from alltypes.ttypes import Color, Denied, NotFound
from alltypes_peer import PROTOCOLS, TRANSPORTS, join, sample
from thrift.server import TServer
from thrift.TMultiplexedProcessor import TMultiplexedProcessor
from thrift.transport import TSocket


class Handler:
    """Answers AllTypes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}

    def ping(self):
        pass

    def echoBool(self, value):
        return value

    echoI8 = echoI16 = echoI32 = echoI64 = echoDouble = echoString = echoBinary = echoBool
    echoColor = echoSet = echoGrid = echoNested = echoEverything = echoBool

    def sample(self):
        return sample()

    def check(self, value):
        if value != sample():
            raise ValueError(f"not the sample: {value}")

    def join(self, *parameters):
        return join(*parameters)

    def find(self, key):
        if key == "sample":
            return sample()
        if key == "secret":
            raise Denied(reason="locked", level=Color.GREEN)
        raise NotFound(key=key, near=["sample", "secret"])

    def remove(self, key, version):
        if version != 7:
            raise ValueError(f"version {version}, not 7")
        self.find(key)

    def notify(self, key, count):
        with self.lock:
            self.counts[key] = count

    def notified(self, key):
        with self.lock:
            return self.counts.get(key, 0)

    def delay(self, text, milliseconds):
        time.sleep(milliseconds / 1000)
        return text

    def fail(self, text):
        raise ValueError(text)

    def owner(self):
        return "AllTypes"


class Numbers:
    """Answers Calculator."""

    def add(self, left, right):
        return left + right

    def owner(self):
        return "Calculator"


class Listener(TSocket.TServerSocket):
    """Prints the port once there is one."""

    def listen(self):
        super().listen()
        print(self.handle.getsockname()[1], flush=True)


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    transport, services, form = sys.argv[1:]
    processor = AllTypes.Processor(Handler())
    if services == "multiplexed":
        both = TMultiplexedProcessor()
        both.registerProcessor("AllTypes", processor)
        both.registerProcessor("Calculator", Calculator.Processor(Numbers()))
        processor = both
    threading.Thread(target=end_with_input, daemon=True).start()
    TServer.TThreadedServer(
        processor,
        Listener("127.0.0.1", 0),
        TRANSPORTS[transport][1](),
        PROTOCOLS[form][1](),
        daemon=True,
    ).serve()


main()
