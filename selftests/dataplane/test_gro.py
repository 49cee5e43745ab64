#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""Decrypted packets pass GRO: segments of one burst become one packet again,
and none overtakes another.

The host behind the peer sends one super-packet, which the peer has to cut into
ESP packets. They arrive as one burst, whatever the machine's speed, and so are
merged completely. A capture near the gateway makes it decrypt a copy instead
of the packet itself; both are tried.
"""

import itertools
import socket
import struct

import ktap
import traffic
from interop import SHAPES, Interop, shape_name
from ktap import equal
from netns import wait_for
from transforms import CBC_SHA1, GCM_128
from wire import ETH_P_IP, ETH_P_IPV6, Capture

PACKET_VNET_HDR = 15
SOL_PACKET = 263
NEEDS_CSUM, GSO_TCPV4, GSO_TCPV6 = 1, 1, 4
TCP = 6
ACK, PSH = 0x10, 0x08
SEGMENTS, SEGMENT = 10, 1000


def pseudo_sum(src, dst, length):
    """Checksum of the pseudo-header alone, as a checksum to be completed starts."""
    packed = b''.join(socket.inet_pton(traffic.family_of(a), a) for a in (src, dst))
    return ~traffic.checksum(packed + struct.pack('!HH', TCP, length)) & 0xffff


def super_packet(src, dst, seq, data, flags):
    """An IP packet with a TCP segment that is too long for any link."""
    tcp = struct.pack('!HHIIBBHHH', 7000, 7001, seq, 1, 5 << 4, flags, 1000,
                      pseudo_sum(src, dst, 20 + len(data)), 0) + data
    if ':' in src:
        return struct.pack('!IHBB', 6 << 28, len(tcp), TCP, 64) + \
            socket.inet_pton(socket.AF_INET6, src) + \
            socket.inet_pton(socket.AF_INET6, dst) + tcp
    header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), 100, 0x4000, 64, TCP, 0) + \
        socket.inet_aton(src) + socket.inet_aton(dst)
    return header[:10] + struct.pack('!H', traffic.checksum(header)) + header[12:] + tcp


class Sender:
    """Sends packets whole by a device, to be segmented later."""

    def __init__(self, netns, device, gateway, version):
        """gateway: (namespace, device) that it sends to"""
        self.sock = netns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.bind((device, 0))
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.version = version
        macs = [peer[0].hardware_address(peer[1]) for peer in (gateway, (netns, device))]
        self.link = b''.join(macs) + struct.pack('!H', {4: ETH_P_IP, 6: ETH_P_IPV6}[version])

    def close(self):
        self.sock.close()

    def send(self, packet, mss):
        header = {4: 20, 6: 40}[self.version]
        start = len(self.link) + header
        self.sock.send(struct.pack('=BBHHHH', NEEDS_CSUM,
                                   {4: GSO_TCPV4, 6: GSO_TCPV6}[self.version],
                                   start + 20, mss, start, 16) + self.link + packet)


def segments(packets, src):
    """(sequence number, data) of the TCP packets from an address."""
    return [(struct.unpack_from('!I', packet.payload, 4)[0],
             packet.payload[(packet.payload[12] >> 4) * 4:])
            for packet in packets if packet.proto == TCP and packet.src == src]


def burst(interop, transform, tapped, parts):
    """Super-packets; what the first hop behind decryption gets is compared.

    parts: flags of each super-packet
    """
    lab, (_, _, inner) = interop.lab, interop.shape
    interop.key(transform)
    (_, ours), (far, theirs) = interop.ends()
    # Both gateways know how to reach each other, so nothing waits for that.
    traffic.ping(far, theirs, ours, 1)
    sender = Sender(lab.h2, 'lan', (lab.r2, 'lan'), inner)
    behind = Capture(lab.r1, 'lan')
    arrived = Capture(lab.r1, 'wan') if tapped else None
    data = [traffic.content(i, SEGMENTS * SEGMENT) for i in range(len(parts))]
    whole = []
    try:
        lab.capture.enable(tapped)
        for i, flags in enumerate(parts):
            seq = 1 + i * SEGMENTS * SEGMENT
            whole.append((seq, data[i]))
            sender.send(super_packet(theirs, ours, seq, data[i], flags), SEGMENT)
        count = 1 + len(parts) * SEGMENTS
        wait_for(f'{count} decrypted packets', lambda:
                 interop.gateway.flow(interop.flow)['decaps'] == count)
        equal('packets that go on', segments(behind.packets()[1], theirs), whole)
        if tapped:
            seen = [packet for packet in arrived.packets()[0] if packet.version == inner]
            equal('packets that a capture at the gateway shows decrypted',
                  segments(seen, theirs), whole)
    finally:
        lab.capture.enable(True)
        for thing in (sender, behind, arrived):
            if thing:
                thing.close()
    interop.gateway.no_drops()


def offload(interop):
    for device in ('lan', 'wan'):
        interop.lab.r1.run('ethtool', '-K', device, 'gro', 'on')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        test.case('GRO is on', offload, interop)
        for shape in SHAPES:
            if shape[0] != 'tunnel':
                continue
            interop.take(shape)
            for transform, tapped in itertools.product((GCM_128, CBC_SHA1), (False, True)):
                what = f'{shape_name(*shape)} {transform}{", tapped" if tapped else ""}'
                test.case(f'{what}: merged', burst, interop, transform, tapped, [ACK])
                test.case(f'{what}: in order', burst, interop, transform, tapped,
                          [ACK | PSH, ACK, ACK | PSH])


main()
