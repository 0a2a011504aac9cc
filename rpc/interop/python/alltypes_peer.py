"""What the Python server and the Python client share: the sample, the text of join, and transports."""

from alltypes.ttypes import Color, Everything, Point
from thrift.protocol import TBinaryProtocol, TCompactProtocol
from thrift.transport import TTransport


def sample():
    """Returns the value that every peer has written down in its own language."""
    return Everything(
        flag=True,
        tiny=-128,
        small=-32768,
        medium=-2147483648,
        large=-9223372036854775808,
        real=6.02214076e23,
        text="Grüße, 世界 🌍",
        blob=b"\x00\xff\x80\x7f\n",
        color=Color.BLUE,
        point=Point(x=-1, y=2),
        numbers=[0, 1, -1, 2147483647],
        names={"alpha", "beta", ""},
        counts={"one": 1, "big": 9007199254740993},
        grid=[[Point(x=1, y=2), Point(x=3, y=4)], [], [Point(x=5, y=6)]],
        nested={-7: {"a": [0.5, -0.25], "b": []}, 9: {}},
        places={"home": Point(x=0, y=0), "away": Point(x=100, y=-100)},
        deep=[{1: {1, 2}, -300: {-128}}, {}],
        note="set, though optional",
        palette=[Color.RED, Color.BLUE],
        bits=[True, False, True],
    )


def join(flag, tiny, small, medium, large, real, text, blob, color, point, numbers):
    """Returns the parameters of join as text. Eighths of the double are whole numbers, which all languages print alike."""
    return (
        f"flag={str(flag).lower()} tiny={tiny} small={small} medium={medium} large={large} eighths={int(real * 8)} "
        f"text={text} blob={blob.hex()} color={int(color)} point={point.x},{point.y} "
        f"numbers={','.join(str(number) for number in numbers)}"
    )


PROTOCOLS = {
    "binary": (TBinaryProtocol.TBinaryProtocol, TBinaryProtocol.TBinaryProtocolFactory),
    "compact": (TCompactProtocol.TCompactProtocol, TCompactProtocol.TCompactProtocolFactory),
}

TRANSPORTS = {
    "framed": (TTransport.TFramedTransport, TTransport.TFramedTransportFactory),
    "buffered": (TTransport.TBufferedTransport, TTransport.TBufferedTransportFactory),
}
