#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Numbered datagrams: which arrive, and in which order.

    udp.py sink ADDRESS PORT COUNT        prints "RECEIVED LATE [MISSING...]"
    udp.py source ADDRESS PORT COUNT SIZE [RATE]

The source ends with an end mark, repeated until the sink answers, so that the
sink knows that nothing more is to come without measuring time; what is lost,
is lost for good by then, unless the way reorders, which the sink counts: late
ones came after a later one.  It stays on one CPU: on several, veth reorders.
SIZE is that of the payload, at least 8; RATE in datagrams per second, by
default as fast as it goes.
"""

import os
import socket
import struct
import sys
import time

END = 0xffffffff


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def sink(address, port, count):
    sock = socket.socket(family(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # FORCE: beyond rmem_max, as a burst must not be lost here.
    sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
    sock.bind((address, port))
    seen = set()
    late = 0
    highest = -1
    while True:
        data, peer = sock.recvfrom(65536)
        number, = struct.unpack_from('!I', data)
        if number == END:
            sock.sendto(data, peer)
            break
        late += number < highest
        highest = max(highest, number)
        seen.add(number)
    missing = [n for n in range(count) if n not in seen]
    print(len(seen), late, *missing[:20])


def source(address, port, count, size, rate=0):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sock = socket.socket(family(address), socket.SOCK_DGRAM)
    sock.connect((address, port))
    padding = bytes(max(0, size - 4))
    start = time.monotonic()
    for number in range(count):
        if rate:
            time.sleep(max(0, start + number / rate - time.monotonic()))
        sock.send(struct.pack('!I', number) + padding)
    sock.settimeout(0.5)
    for _ in range(60):
        try:
            sock.send(struct.pack('!I', END) + padding)
            if struct.unpack_from('!I', sock.recv(65536))[0] == END:
                return
        except socket.timeout:
            pass
        except ConnectionRefusedError:
            # It has had the end mark, and its answer was lost.
            return
    sys.exit('udp: the sink did not answer')


if __name__ == '__main__':
    if len(sys.argv) < 5 or sys.argv[1] not in ('sink', 'source'):
        sys.exit(__doc__)
    {'sink': sink, 'source': source}[sys.argv[1]](
        sys.argv[2], *(int(a) for a in sys.argv[3:]))
