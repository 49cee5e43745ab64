# SPDX-License-Identifier: GPL-2.0
"""Ping, numbered datagrams and TCP between two namespaces, content compared.

Everything runs in this process; what a function was asked to carry has arrived
when it returns, or it raises.
"""

import os
import select
import socket
import struct

from ktap import check, equal
from netns import PATIENCE

RCVBUFFORCE = 33
IP_MTU_DISCOVER = 10
IPV6_MTU_DISCOVER = 23
PMTUDISC_DONT, PMTUDISC_WANT, PMTUDISC_DO, PMTUDISC_PROBE = range(4)


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def ip_header(address):
    return 40 if ':' in address else 20


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def content(number, size):
    """What datagram number carries: its number first, then bytes of its own."""
    return struct.pack('!I', number)[:size] + bytes(
        (number * 7 + i) & 255 for i in range(size - 4))


def set_df(sock, how):
    """PMTUDISC_DONT: never DF; PROBE: DF, and whatever the path's MTU is."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, how)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, how)


def icmp_socket(netns, family):
    proto = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    sock = netns.socket(family, socket.SOCK_RAW, proto)
    sock.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 4 << 20)
    return sock


def ping(netns, src, dst, count=2, size=56):
    """Sends echo requests of so many bytes of data; every one is answered."""
    family = family_of(dst)
    v4 = family == socket.AF_INET
    echo, reply = (8, 0) if v4 else (128, 129)
    ident = int.from_bytes(os.urandom(2), 'big')
    with icmp_socket(netns, family) as sock:
        sock.bind((src, 0))
        for number in range(count):
            data = content(number, size)
            header = struct.pack('!BBHHH', echo, 0, 0, ident, number)
            if v4:
                header = struct.pack('!BBHHH', echo, 0, checksum(header + data),
                                     ident, number)
            sock.sendto(header + data, (dst, 0))
        missing = set(range(count))
        while missing:
            try:
                got, sender = sock.recvfrom(65536)
            except TimeoutError as why:
                raise TimeoutError(f'ping {src} > {dst}: no answer to {missing}') from why
            got = got[(got[0] & 15) * 4:] if v4 else got
            kind, code, _, their, number = struct.unpack_from('!BBHHH', got)
            if (kind, code, their) != (reply, 0, ident):
                continue
            equal('the answer comes from', sender[0], dst)
            equal(f'content of answer {number}', got[8:], content(number, size))
            missing.discard(number)


class Udp:
    """A client and a server; both are in this process."""

    def __init__(self, client, src, server, dst, port=5002, bind=None):
        # pylint: disable=too-many-arguments
        family = family_of(src)
        self.server = server.socket(family, socket.SOCK_DGRAM)
        self.client = client.socket(family, socket.SOCK_DGRAM)
        for sock in (self.server, self.client):
            sock.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 16 << 20)
        self.server.bind((bind or dst, port))
        self.client.bind((src, 0))
        self.client.connect((dst, port))

    def close(self):
        self.client.close()
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, number, size):
        self.client.send(content(number, size))

    def arrived(self):
        """What the server has now: {number: size}; content is compared."""
        found = {}
        self.server.setblocking(False)
        try:
            while True:
                data = self.server.recv(65536)
                number = struct.unpack_from('!I', data)[0]
                check(number not in found, f'datagram {number} twice')
                equal(f'content of datagram {number}', data, content(number, len(data)))
                found[number] = len(data)
        except BlockingIOError:
            return found
        finally:
            self.server.settimeout(PATIENCE)

    @staticmethod
    def _collect(sock, sizes, way):
        """Receives one datagram of each number; returns the last sender."""
        seen = set()
        sender = None
        while len(seen) < len(sizes):
            try:
                data, sender = sock.recvfrom(65536)
            except TimeoutError as why:
                missing = sorted(set(range(len(sizes))) - seen)
                raise TimeoutError(f'{way}: {len(seen)} of {len(sizes)} datagrams,'
                                   f' not {missing[:10]}') from why
            number = struct.unpack_from('!I', data)[0]
            check(number < len(sizes) and number not in seen,
                  f'{way}: datagram {number} is not expected')
            equal(f'{way}: datagram {number}', data, content(number, sizes[number]))
            seen.add(number)
        return sender

    def echo(self, sizes):
        """Numbered datagrams of these payloads there, the same ones back."""
        for number, size in enumerate(sizes):
            self.send(number, size)
        sender = self._collect(self.server, sizes, 'there')
        for number, size in enumerate(sizes):
            self.server.sendto(content(number, size), sender)
        self._collect(self.client, sizes, 'back')
        return sender


def tcp(client, src, server, dst, count, port=5001, back=False):
    """So many random bytes from client to server, or back.

    Returns the address that the server saw.
    """
    # pylint: disable=too-many-arguments,too-many-locals
    family = family_of(dst)
    data = os.urandom(count)
    got = bytearray()
    with server.socket(family, socket.SOCK_STREAM) as listener, \
         client.socket(family, socket.SOCK_STREAM) as near:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', port))
        listener.listen()
        near.bind((src, 0))
        near.connect((dst, port))
        far, seen = listener.accept()
        with far:
            give, take = (far, near) if back else (near, far)
            _pump(give, take, memoryview(data), got)
    check(got == data, f'{count} bytes sent, {len(got)} received, or others')
    return seen[0]


def _pump(give, take, data, got):
    give.setblocking(False)
    take.setblocking(False)
    sent = 0
    while True:
        writers = [give] if sent < len(data) else []
        readable, writable, _ = select.select([take], writers, [], 6 * PATIENCE)
        check(readable or writable,
              f'the transfer stands still: {sent} sent, {len(got)} received')
        if writable:
            sent += give.send(data[sent:sent + (1 << 18)])
            if sent == len(data):
                give.shutdown(socket.SHUT_WR)
        if readable:
            more = take.recv(1 << 18)
            if not more:
                return
            got += more
