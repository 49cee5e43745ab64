# SPDX-License-Identifier: GPL-2.0
"""Super-packets: what a host with segmentation offload hands to its device."""

import socket
import struct

import traffic
from wire import ETH_P_IP, ETH_P_IPV6, SOL_PACKET

PACKET_VNET_HDR = 15
NEEDS_CSUM, GSO_TCPV4, GSO_TCPV6 = 1, 1, 4
TCP = 6
ACK, PSH = 0x10, 0x08


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
