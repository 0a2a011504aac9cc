"""Writes order.bin with Apache Thrift's own Python library; make.sh runs it.

The maps are filled in ascending order of their keys and the set is given as a list, so that the bytes are
the same on every run.
"""
import sys

from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from order.ttypes import Customer, Item, Order, Status

order = Order(
    number=20260117,
    status=Status.PAID,
    customer=Customer(number=4711, name="Zoë Grünwald", email="zoe@example.org", languages=["de", "en"]),
    items=[
        Item(article="espresso cup", quantity=6, price=7.5),
        Item(article="kettle", quantity=1, price=48.9, note="the blue one"),
    ],
    labels={"channel": "web", "region": "eu", "shelf": "日本"},
    stock={1001: 250, 1002: 3},
    discount=0.05,
    shipped=None,
    gift=True,
    signature=b"\x00\x9f\x8e\xff",
)

transport = TMemoryBuffer()
order.write(TBinaryProtocol(transport))
with open(sys.argv[1], "wb") as file:
    file.write(transport.getvalue())
