# SPDX-License-Identifier: GPL-2.0
"""Datagrams of an exact packet length, and the ICMP errors that they cause."""

import errno
import ipaddress
import socket
import struct

import traffic
from ktap import Failure, check, equal


class TooBig:
    """An ICMP error that tells of a smaller MTU."""

    def __init__(self, sender, mtu, packet):
        version = packet[0] >> 4
        at, size = (12, 4) if version == 4 else (8, 16)
        self.sender, self.mtu = sender, mtu
        self.src = str(ipaddress.ip_address(packet[at:at + size]))
        self.dst = str(ipaddress.ip_address(packet[at + size:at + 2 * size]))

    def __repr__(self):
        return f'<too big for {self.mtu}, of {self.src} > {self.dst}, by {self.sender}>'


class Probe(traffic.Udp):
    """Numbered datagrams that may be refused on the way."""

    def __init__(self, near, src, far, dst, how=traffic.PMTUDISC_PROBE):
        # pylint: disable=too-many-arguments
        super().__init__(near, src, far, dst, port=5003)
        self.header = traffic.ip_header(src) + 8
        self.number = 0
        self.icmp = traffic.icmp_socket(near, self.client.family)
        traffic.set_df(self.client, how)

    def close(self):
        self.icmp.close()
        super().close()

    def length(self, length):
        """Sends a packet of so many bytes with its IP header."""
        self.number += 1
        # An error that an earlier packet caused is not this one's.
        self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.send(self.number, length - self.header)

    def passes(self, length):
        """A packet of this length arrives."""
        self.length(length)
        try:
            data = self.server.recv(65536)
        except TimeoutError as why:
            raise Failure(f'a packet of {length} bytes does not arrive') from why
        equal(f'content of {length} bytes', data,
              traffic.content(self.number, length - self.header))

    def refused(self, length):
        """A packet of this length causes an error, which is returned."""
        self.length(length)
        error = self.error(f'a packet of {length} bytes')
        equal(f'arrived of {length} bytes', self.arrived(), {})
        return error

    def error(self, what='the packet'):
        while True:
            try:
                data, sender = self.icmp.recvfrom(65536)
            except TimeoutError as why:
                raise Failure(f'{what}: no ICMP error') from why
            if self.client.family == socket.AF_INET:
                data = data[(data[0] & 15) * 4:]
                kind, code, _, _, mtu = struct.unpack_from('!BBHHH', data)
                if (kind, code) == (3, 4):
                    return TooBig(sender[0], mtu, data[8:])
            else:
                kind, code, _, mtu = struct.unpack_from('!BBHI', data)
                if (kind, code) == (2, 0):
                    return TooBig(sender[0], mtu, data[8:])

    def no_error(self):
        """No ICMP error has come; call it when what was sent has arrived."""
        self.icmp.setblocking(False)
        try:
            while True:
                data = self.icmp.recv(65536)
                if self.client.family == socket.AF_INET:
                    data = data[(data[0] & 15) * 4:]
                check(data[0] not in (2, 3), f'an ICMP error: {data[:8].hex()}')
        except BlockingIOError:
            pass
        finally:
            self.icmp.settimeout(traffic.PATIENCE)

    def local_error(self):
        """The error that the sending socket has: its name or None."""
        number = self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return errno.errorcode[number] if number else None
