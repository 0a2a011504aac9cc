#!/usr/bin/python3
"""Calls the server of this example with gRPC's own Python library.

    go run ./examples/grpc -listen 127.0.0.1:9090
    examples/grpc/client.py 127.0.0.1:9090

It needs Debian's python3-grpcio, python3-protobuf and protobuf-compiler.
"""
import pathlib
import subprocess
import sys
import tempfile

import grpc


def compiled():
    """Returns the module that protoc makes of weather.proto. A project would keep that in a file."""
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={here}", f"--python_out={folder}", "weather.proto"], check=True)
        sys.path.insert(0, folder)
        import weather_pb2
    return weather_pb2


weather = compiled()


class Stations:
    """The methods of the service, as grpcio-tools would generate them."""

    def __init__(self, channel):
        def method(kind, name, request, response):
            return kind(f"/weather.Stations/{name}", request.SerializeToString, response.FromString)

        self.latest = method(channel.unary_unary, "Latest", weather.Query, weather.Reading)
        self.history = method(channel.unary_stream, "History", weather.Query, weather.Reading)
        self.record = method(channel.stream_unary, "Record", weather.Reading, weather.Summary)
        self.follow = method(channel.stream_stream, "Follow", weather.Reading, weather.Summary)


def readings(station, *celsius):
    return (weather.Reading(station=station, celsius=c) for c in celsius)


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        stations = Stations(channel)

        summary = stations.record(readings("Lima", 18, 22), timeout=5)
        print("recorded", summary.count, "with", summary.mean, "in the mean")

        print("latest:", stations.latest(weather.Query(station="Lima"), timeout=5).celsius)

        print("history:", [r.celsius for r in stations.history(weather.Query(station="Lima"), timeout=5)])

        for summary in stations.follow(readings("Rome", 21, 24), timeout=5):
            print("the mean of", summary.count, "is", summary.mean)

        try:
            stations.latest(weather.Query(station="Rome"), timeout=5)
        except grpc.RpcError as failure:
            print(failure.code().name + ":", failure.details())


if __name__ == "__main__":
    main()
