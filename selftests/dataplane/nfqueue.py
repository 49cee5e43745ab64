# SPDX-License-Identifier: GPL-2.0
"""A netfilter queue of a namespace: packets held in this process."""

import socket
import struct

from wire import Packet

NETLINK_NETFILTER = 12
NFNL_SUBSYS_QUEUE = 3
NFQNL_MSG_PACKET, NFQNL_MSG_VERDICT, NFQNL_MSG_CONFIG = range(3)
NFQA_PACKET_HDR, NFQA_VERDICT_HDR = 1, 2
NFQA_PAYLOAD = 10
NFQA_CFG_CMD, NFQA_CFG_PARAMS = 1, 2
NFQNL_CFG_CMD_BIND = 1
NFQNL_COPY_PACKET = 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NF_DROP, NF_ACCEPT = 0, 1


def attribute(kind, data):
    padding = b'\0' * (-len(data) % 4)
    return struct.pack('=HH', 4 + len(data), kind) + data + padding


class Queue:
    """Queue number of a namespace."""

    def __init__(self, netns, number):
        self.number = number
        self.sock = netns.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.sock.bind((0, 0))
        self._send(NFQNL_MSG_CONFIG, attribute(
            NFQA_CFG_CMD, struct.pack('!BBH', NFQNL_CFG_CMD_BIND, 0, 0)), ack=True)
        self._send(NFQNL_MSG_CONFIG, attribute(
            NFQA_CFG_PARAMS, struct.pack('!IB', 65535, NFQNL_COPY_PACKET)), ack=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def _send(self, message, data, ack=False):
        flags = NLM_F_REQUEST | (NLM_F_ACK if ack else 0)
        body = struct.pack('!BBH', socket.AF_UNSPEC, 0, self.number) + data
        self.sock.send(struct.pack('=IHHII', 16 + len(body), NFNL_SUBSYS_QUEUE << 8 | message,
                                   flags, 0, 0) + body)
        if ack:
            error, = struct.unpack_from('=i', self.sock.recv(8192), 16)
            if error:
                raise OSError(-error, 'nfnetlink_queue')

    def receive(self):
        """The next packet; ident is what the kernel knows it by."""
        data = self.sock.recv(1 << 17)
        at = 20
        attributes = {}
        while at + 4 <= len(data):
            length, kind = struct.unpack_from('=HH', data, at)
            attributes[kind & 0x3fff] = data[at + 4:at + length]
            at += -(-length // 4) * 4
        packet = Packet(attributes[NFQA_PAYLOAD])
        packet.ident, = struct.unpack_from('!I', attributes[NFQA_PACKET_HDR])
        return packet

    def verdict(self, packet, accept):
        self._send(NFQNL_MSG_VERDICT, attribute(
            NFQA_VERDICT_HDR, struct.pack('!II', NF_ACCEPT if accept else NF_DROP,
                                          packet.ident)))
