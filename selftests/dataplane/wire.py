# SPDX-License-Identifier: GPL-2.0
"""What crosses the wire: captures and as much parsing as the tests need."""

import ctypes
import ipaddress
import select
import socket
import struct

ETH_P_ALL = 3
ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806
ETH_P_IPV6 = 0x86dd
PACKET_OUTGOING = 4
SOL_PACKET = 263
PACKET_STATISTICS = 6
SO_ATTACH_FILTER = 26
BPF_RET = 6

ESP = 50
FRAGMENT = 44
HOPOPTS = 0
ICMPV6 = 58


def address(packed):
    return str(ipaddress.ip_address(packed))


class Packet:
    """An IP packet as it was seen.

    length: from the IP header on, without padding of the link
    fragment: byte offset, or 0; more: more fragments follow
    payload: behind the IP header and the fragment header
    """

    # pylint: disable=too-many-instance-attributes
    def __init__(self, data):
        self.version = data[0] >> 4
        self.df = self.more = False
        self.fragment = 0
        if self.version == 4:
            header = (data[0] & 15) * 4
            self.tos = data[1]
            self.length, self.id, flags = struct.unpack_from('!HHH', data, 2)
            self.df = bool(flags & 0x4000)
            self.more = bool(flags & 0x2000)
            self.fragment = (flags & 0x1fff) * 8
            self.ttl, self.proto = data[8], data[9]
            self.src, self.dst = address(data[12:16]), address(data[16:20])
        else:
            header = 40
            self.tos = (int.from_bytes(data[:2], 'big') >> 4) & 255
            self.length = 40 + struct.unpack_from('!H', data, 4)[0]
            self.proto, self.ttl = data[6], data[7]
            self.src, self.dst = address(data[8:24]), address(data[24:40])
            if self.proto == FRAGMENT:
                self.proto, _, flags, self.id = struct.unpack_from('!BBHI', data, 40)
                self.fragment = flags & 0xfff8
                self.more = bool(flags & 1)
                header = 48
        self.data = data[:self.length]
        self.payload = data[header:self.length]

    @property
    def is_fragment(self):
        return self.more or self.fragment > 0

    @property
    def spi(self):
        return struct.unpack_from('!I', self.payload)[0]

    @property
    def seq(self):
        return struct.unpack_from('!I', self.payload, 4)[0]

    def is_link_control(self):
        """Neighbour discovery and multicast listener reports."""
        if self.version != 6:
            return False
        if self.proto == HOPOPTS:
            return ipaddress.ip_address(self.dst).is_multicast
        return self.proto == ICMPV6 and self.ttl == 255 and 133 <= self.payload[0] <= 137

    def __repr__(self):
        return (f'<{self.src} > {self.dst} proto {self.proto} length {self.length}'
                f'{" DF" if self.df else ""}'
                f'{f" fragment {self.fragment}+" if self.is_fragment else ""}'
                f' {self.payload[:16].hex()}>')


class Capture:
    """Everything that crosses a device.

    The kernel queues a packet here before it passes it on, so that whatever a
    test has received end to end is here already.
    """

    def __init__(self, netns, device):
        # No protocol yet: else it would see every device until it is bound.
        self.sock = netns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)	# SO_RCVBUFFORCE
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)

    def close(self):
        self.sock.close()

    def enable(self, state):
        """Off, packets pass as if nobody looked: none of them is cloned."""
        returns = ctypes.create_string_buffer(
            struct.pack('=HBBI', BPF_RET, 0, 0, 0xffffffff if state else 0))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
            'HP', 1, ctypes.addressof(returns)))

    def frames(self):
        """All frames since the last call: (towards the device, ethertype, data)."""
        seen = []
        while True:
            try:
                data, sender = self.sock.recvfrom(65536 + 14)
            except BlockingIOError:
                break
            seen.append((sender[2] == PACKET_OUTGOING,
                         struct.unpack_from('!H', data, 12)[0], data[14:]))
        stats = self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        dropped = struct.unpack('II', stats)[1]
        if dropped:
            raise OverflowError(f'the capture lost {dropped} frames')
        return seen

    def packets(self):
        """IP packets since the last call, as (from, towards) the device's end.

        Neither ARP nor neighbour discovery is among them.
        """
        ways = [], []
        for towards, ethertype, data in self.frames():
            if ethertype in (ETH_P_IP, ETH_P_IPV6):
                packet = Packet(data)
                if not packet.is_link_control():
                    ways[towards].append(packet)
            elif ethertype != ETH_P_ARP:
                raise ValueError(f'ethertype {ethertype:#x}: {data[:40].hex()}')
        return ways

    def wait(self, patience):
        return bool(select.select([self.sock], [], [], patience)[0])
