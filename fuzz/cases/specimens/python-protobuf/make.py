"""Writes the specimens of Google's Python library for Protobuf into the folder given as first argument.

The generated module `protobuf_pb2` must be importable; ../make.sh sees to that. Messages are serialised deterministically, which puts
map entries in the order of their keys. The values are those of ../../values_protobuf.go, typed in again by hand: the test compares them.
"""
import pathlib
import sys

import protobuf_pb2 as pb

INF = float("inf")


def full_scalars():
    return pb.ProtoScalars(
        flag=True, i32=-32, i64=-64, int=1 << 30, u32=1 << 31, u64=1 << 63, s32=-2, s64=-3, f32=4, f64=5, sf32=-6, sf64=-7, single=1.5,
        real=-2.25, text="grüße, 世界 \U0001f980", blob=b"\x00\x01\x02\xfe\xff", rank=pb.RANK_BELOW, uint=8)


def extreme_scalars():
    return pb.ProtoScalars(
        i32=-2**31, i64=-2**63, int=-1, u32=2**32 - 1, u64=2**64 - 1, s32=-2**31, s64=-2**63, f32=2**32 - 1, f64=2**64 - 1, sf32=-2**31,
        sf64=-2**63, single=-INF, real=-0.0, text="a\0b", rank=pb.RANK_HIGH)


def full_requireds():
    return pb.ProtoRequireds(
        flag=False, number=0, fixed=3, text="", blob=b"five", child=pb.ProtoBlock(number=6), real=7)


def full_optionals():
    return pb.ProtoOptionals(
        flag=False, i32=0, i64=-4, u32=5, u64=0, s32=-6, s64=7, f32=0, f64=9, single=0, real=0.5, text="", blob=b"", rank=pb.RANK_NONE,
        child=pb.ProtoScalars(), needs=full_requireds())


def full_lists():
    block = pb.ProtoBlock
    return pb.ProtoLists(
        flags=[True, False, True], i32s=[1, -1, 1 << 30], i64s=[1 << 40, -(1 << 40)], u32s=[0, 1 << 31], u64s=[1 << 63, 0], s32s=[-1, 1],
        s64s=[-2**63, 5], f32s=[1, 2], f64s=[3], singles=[0.5, -0.25], reals=[0.5, -0.25, 1e300],
        texts=["", "a", "long enough to be no short string at all"], blobs=[b"", b"\xff"], ranks=[pb.RANK_BELOW, pb.RANK_HIGH, pb.RANK_NONE],
        # In the Go struct the numbers of values are always left out where they are zero, as in proto3.
        points=[block(number=1), block(), block(text="three")], values=[block(), block(number=2, text="two")], loose_i32s=[1, -1],
        loose_f64s=[7, 8], loose_flags=[False, True], loose_s64s=[-9])


def full_maps():
    maps = pb.ProtoMaps(
        flags={False: "no", True: "yes"}, i32s={-70000: 1, 0: 2, 70000: -3}, i64s={-1 << 40: 1, 1 << 40: 2}, u32s={1 << 31: 1, 5: 0},
        u64s={1 << 63: 2, 0: 1}, s32s={-2: -3, 2: 3}, s64s={-5: 0.5}, f32s={6: 0.25}, f64s={7: -7, 8: 0}, sf64s={-8: True, 9: False},
        texts={"": "empty", "a": "", "b": "c"}, blobs={"data": b"\x01\x02\x03", "none": b""}, ranks={1: pb.RANK_BELOW})
    maps.points["one"].number = 1
    maps.points[""].SetInParent()
    maps.values[0].SetInParent()
    maps.values[-1].text = "minus"
    return maps


def full_tree():
    tree = pb.ProtoTree
    right = tree(value=3, left=tree(value=4), children=[tree(value=5), tree()])
    right.named["seven"].value = 7
    right.named["seven"].inner.SetInParent()
    inner = tree(inner=tree(number=0))
    inner.named[""].number = -1
    return tree(value=1, left=tree(value=2, text=""), right=right, inner=inner)


def numbers():
    return pb.ProtoNumbers(
        last=1, two="2048", one=-1, fifteen=True, sixteen=16, most=b"2047", three=-3, four=4, one_less="less", five=5, five_more=0)


def groups():
    message = pb.ProtoGroups(last=0)
    message.one.number, message.one.text = 1, "one"
    message.many.add()
    message.many.add().text = "many"
    return message


SPECIMENS = {
    "scalars-full": full_scalars(),
    "scalars-extreme": extreme_scalars(),
    "scalars-none": pb.ProtoScalars(),
    "optionals-full": full_optionals(),
    "requireds": full_requireds(),
    "lists-full": full_lists(),
    "maps-full": full_maps(),
    "tree": full_tree(),
    "numbers": numbers(),
    "groups": groups(),
}

folder = pathlib.Path(sys.argv[1])
for name, message in SPECIMENS.items():
    (folder / (name + ".bin")).write_bytes(message.SerializeToString(deterministic=True))
