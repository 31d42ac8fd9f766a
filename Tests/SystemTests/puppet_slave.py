# SPDX-License-Identifier: BSD-2-Clause
"""A third far end for puppet(4), written from that page alone: puppet_slave.py INTERFACE ADDRESS PORT

It connects, and is the slave for an interface. It takes no offloads, sends none, and knows nothing of filters.
"""
import os
import select
import socket
import struct
import sys
import time

MAGIC = bytes.fromhex("89707570706574 0d0a1a0a00".replace(" ", ""))
HELLO, FRAME, PARAMETERS, PING, PONG = 1, 2, 3, 4, 5


def record(kind, body, flags=0):
    return struct.pack(">IBBH", len(body), kind, flags, 0) + body


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def main(name, address, port):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind((name, 0))
    peer = socket.create_connection((address, int(port)))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with open(f"/sys/class/net/{name}/mtu") as file:
        mtu = int(file.read())
    hello = (attribute(1, b"\1") + attribute(2, struct.pack(">I", 0)) + attribute(3, os.urandom(8))
             + attribute(4, b"a third far end"))
    parameters = (attribute(1, name.encode()) + attribute(2, wire.getsockname()[4])
                  + attribute(3, struct.pack(">I", mtu)) + attribute(4, b"\1"))
    # A type and an attribute that nobody knows are passed over.
    peer.sendall(MAGIC + b"\0\1\0\0" + record(HELLO, hello + attribute(999, b"?")) + record(200, b"skip me")
                 + record(PARAMETERS, parameters))
    received, total, greeted = b"", 0, False
    while True:
        for ready in select.select([wire, peer], [], [])[0]:
            if ready is wire:
                frame = wire.recv(65536)
                if len(frame) <= mtu + 14:
                    peer.sendall(record(FRAME, bytes(10) + frame))
                continue
            data = peer.recv(65536)
            if not data:
                return
            received += data
            total += len(data)
            if not greeted and len(received) >= 16:
                assert received[:12] == MAGIC and received[12:14] == b"\0\1", received[:16]
                received, greeted = received[16:], True
            while greeted and len(received) >= 8:
                length, kind, flags, _ = struct.unpack(">IBBH", received[:8])
                if len(received) < 8 + length:
                    break
                body, received = received[8:8 + length], received[8 + length:]
                if kind == FRAME:
                    body = body[8:] if flags & 2 else body
                    assert body[:10] == bytes(10), "an offload that was not asked for"
                    wire.send(body[10:])
                elif kind == PING:
                    peer.sendall(record(PONG, body[:8] + struct.pack(">QQ", time.time_ns(), total)))


main(*sys.argv[1:])
