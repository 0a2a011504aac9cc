"""Writes the specimens of Apache Thrift's Python library into the folder given as first argument.

The generated package `everything` must be importable; ../make.sh sees to that. Maps are filled in ascending
order of their keys and sets are given as lists, so that the bytes are the same on every run. The values are
those of ../../values_specimen.go, typed in again by hand: the test compares them.
"""
import pathlib
import sys

from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TMessageType
from thrift.transport.TTransport import TMemoryBuffer

from everything import Specimens
from everything.ttypes import (Binaries, Choice, Choices, Defaults, Everything, Key, Level, Lists, Maps, Optionals, Point, Refused,
                               Requireds, Scalars, Sets, Tree)


def full_scalars():
    return Scalars(flag=True, tiny=-8, small=-1616, medium=32323232, large=-64646464646464, real=3.25,
                   text="grüße, 世界 \U0001f980", blob=b"\x00\x01\x02\xfe\xff", level=Level.LOW)


def extreme_scalars():
    return Scalars(flag=True, tiny=-128, small=-2**15, medium=-2**31, large=-2**63, real=-0.0,
                   text="a\0b", blob=b"", level=Level.TOP)


def infinite_scalars():
    return Scalars(flag=False, tiny=127, small=2**15 - 1, medium=2**31 - 1, large=2**63 - 1,
                   real=float("-inf"), text="", blob=b"", level=Level.BOTTOM)


def zero_scalars():
    return Scalars(flag=False, tiny=0, small=0, medium=0, large=0, real=0.0, text="", blob=b"", level=0)


def full_optionals():
    return Optionals(flag=False, tiny=0, small=-2, medium=3, large=-4, real=0.0, text="", blob=b"raw",
                     level=Level.NONE, point=Point(x=1.0, y=-1.0, label="corner"), numbers=[5, 6],
                     words=["one", "two"], counts={"a": 1, "b": 2})


def full_requireds():
    return Requireds(flag=True, tiny=1, small=2, medium=3, large=4, real=5.0, text="six", blob=b"seven",
                     level=Level.HIGH, point=Point(x=0.1, y=0.2), numbers=[], words=["only"],
                     counts={"x": -1})


def choices():
    return Choices(
        plain=Choice(point=Point(x=0.0, y=0.0)), maybe=Choice(numbers=[]), needed=Choice(key=Key(number=1)),
        many=[Choice(text="text"), Choice(number=0), Choice(blob=b"blob"), Choice(counts={"a": 1}),
              Choice(words=["one", "two"]), Choice(level=Level.LOW)],
        named={"inner": Choice(inner=Choice(inner=Choice(text="")))})


def initial_defaults():
    # Python would write its defaults: leave them out as Go does.
    return Defaults(flag=None, tiny=None, small=None, medium=None, large=None, real=None, text=None,
                    level=None)


def initial_binaries():
    return Binaries(filled=None, empty=None, plain=b"plain")


def changed_binaries():
    return Binaries(filled=b"", empty=b"other", bare=b"", plain=b"")


def changed_defaults():
    return Defaults(flag=False, tiny=0, small=None, medium=32, large=0, real=-0.5, text="",
                    level=Level.NONE, plain=0, needed=-10)


def full_lists():
    return Lists(flags=[True, False, True], tinies=[-1, 0, 1], smalls=[-300, 300],
                 mediums=[1, -1, 2**30], larges=[2**40, -2**40], reals=[0.5, -0.25, 1e300],
                 texts=["", "a", "long enough to be no short string at all"], blobs=[b"", b"\xff"],
                 levels=[Level.LOW, Level.HIGH],
                 points=[Point(x=1.0, y=0.0), Point(x=0.0, y=2.0, label="two")],
                 rows=[[1, 2], [], [3]], cubes=[[[Point(x=7.0, y=0.0)], []], []],
                 bags=[["x", "y"], []], tables=[{"k": 1}, {}])


def wrap(value, bits):
    """The value as a signed integer of that many bits, as Go converts it."""
    return (value + 2**(bits - 1)) % 2**bits - 2**(bits - 1)


def long_lists():
    lists = empty_lists()
    for i in range(67):
        lists.flags.append(i % 3 == 0)
        lists.tinies.append(wrap(i * 5, 8))
        lists.smalls.append(wrap(i * 991, 16))
        lists.mediums.append(wrap(i * 64000001, 32))
        lists.larges.append(wrap(i * -273000000000000011, 64))
        lists.reals.append(i / 8)
    return lists


def empty_lists():
    return Lists(flags=[], tinies=[], smalls=[], mediums=[], larges=[], reals=[], texts=[], blobs=[],
                 levels=[], points=[], rows=[], cubes=[], bags=[], tables=[])


def full_sets():
    return Sets(flags=[False, True], tinies=[3, 1, 2], smalls=[256, -256], mediums=[7, 5, 6],
                larges=[-9, 9], reals=[1.5, -1.5], texts=["b", "a"], blobs=[b"\x01", b""],
                levels=[Level.TOP, Level.BOTTOM], points=[Point(x=1.0, y=0.0), Point(x=2.0, y=0.0)],
                rows=[[2], [1, 1]])


def empty_sets():
    return Sets(flags=[], tinies=[], smalls=[], mediums=[], larges=[], reals=[], texts=[], blobs=[],
                levels=[], points=[], rows=[])


def full_maps():
    return Maps(flags={False: "no", True: "yes"}, tinies={-1: 1, 1: -1}, smalls={-300: 1, 300: 2},
                mediums={-70000: 1, 0: 2, 70000: 3}, larges={-2**40: 1, 2**40: 2},
                reals={-0.5: 1.0, 2.5: 2.0}, texts={"": "empty", "a": "", "b": "c"},
                blobs={"data": b"\x01\x02\x03", "none": b""},
                levels={Level.LOW: Level.HIGH, Level.HIGH: Level.LOW},
                points={Key(number=1, name="one"): Point(x=1.0, y=0.0, label="p")},
                rows={1: [1, 2], 2: []}, bags={3: [3], 4: [5, 4]},
                nested={"deep": {1: ["x", ""], 2: []}, "flat": {}},
                numbered={1: Point(x=1.0, y=0.0), 2: Point(x=0.0, y=2.0)},
                switches={"off": False, "on": True})


def empty_maps():
    return Maps(flags={}, tinies={}, smalls={}, mediums={}, larges={}, reals={}, texts={}, blobs={},
                levels={}, points={}, rows={}, bags={}, nested={}, numbered={}, switches={})


def leaf_tree(value):
    return Tree(value=value, children=[], named={})


def full_tree():
    right = Tree(value=3, left=leaf_tree(4), children=[leaf_tree(5), leaf_tree(6)],
                 named={"seven": leaf_tree(7)})
    return Tree(value=1, left=leaf_tree(2), right=right, children=[], named={})


def everything():
    return Everything(scalars=full_scalars(), optionals=full_optionals(), requireds=full_requireds(),
                      defaults=changed_defaults(), lists=full_lists(), sets=full_sets(), maps=full_maps(),
                      tree=full_tree(), key=Key(number=-255), last="the end")


def least_everything():
    return Everything(scalars=zero_scalars(), optionals=Optionals(), requireds=full_requireds(),
                      defaults=initial_defaults(), lists=empty_lists(), sets=empty_sets(),
                      maps=empty_maps(), last="")


def refused():
    return Refused(reason="no more of these", code=-404)


SPECIMENS = {
    "scalars-full": full_scalars(),
    "scalars-extreme": extreme_scalars(),
    "scalars-infinite": infinite_scalars(),
    "optionals-none": Optionals(),
    "optionals-full": full_optionals(),
    "requireds": full_requireds(),
    "defaults-initial": initial_defaults(),
    "defaults-changed": changed_defaults(),
    "binaries-initial": initial_binaries(),
    "binaries-changed": changed_binaries(),
    "lists-full": full_lists(),
    "lists-long": long_lists(),
    "lists-empty": empty_lists(),
    "sets-full": full_sets(),
    "sets-empty": empty_sets(),
    "maps-full": full_maps(),
    "maps-empty": empty_maps(),
    "tree": full_tree(),
    "choices": choices(),
    "everything": everything(),
    "everything-least": least_everything(),
    "echo-args": Specimens.echo_args(value=everything()),
    "echo-success": Specimens.echo_result(success=everything()),
    "echo-refused": Specimens.echo_result(refused=refused()),
}


def binary(write):
    transport = TMemoryBuffer()
    write(TBinaryProtocol(transport, strictWrite=True))
    return transport.getvalue()


def write_call(protocol):
    protocol.writeMessageBegin("echo", TMessageType.CALL, 77)
    Specimens.echo_args(value=everything()).write(protocol)
    protocol.writeMessageEnd()


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, value in SPECIMENS.items():
        (folder / (name + ".bin")).write_bytes(binary(value.write))
    (folder / "call.message").write_bytes(binary(write_call))


main()
