# SPDX-License-Identifier: GPL-2.0
"""A gateway with one interface, for tests of the control plane: what it sends
through a flow leaves by the interface; nobody answers."""

import os
import socket
import struct
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SELFTESTS = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(SELFTESTS, 'robust'), os.path.join(SELFTESTS, 'lib')]
import cm           # noqa: E402 pylint: disable=wrong-import-position,import-error
import kit          # noqa: E402 pylint: disable=wrong-import-position,import-error
import packets      # noqa: E402 pylint: disable=wrong-import-position,import-error

LOCAL, PEER, FAR = '192.0.2.1', '192.0.2.2', '10.2.0.1'
LOCAL6, PEER6 = '2001:db8::1', '2001:db8::2'
GCM = {'encr_alg': 'aes-gcm-16', 'encr_key': bytes(range(20))}
CBC = {'encr_alg': 'aes-cbc', 'encr_key': bytes(range(16)),
       'auth_alg': 'hmac-sha2-256-128', 'auth_key': bytes(range(32))}
AF_INET, AF_INET6 = int(socket.AF_INET), int(socket.AF_INET6)


def entry(name='MAP', seq=10, rules=None, kind='isakmp', family=AF_INET, **more):
    """A map entry whose only rule protects what goes to 10.2.0.0/16."""
    if rules is None:
        rules = [cm.rule(dst='10.2.0.0/16' if family == AF_INET else '2001:db8:2::/48')]
    return {'map': name, 'family': family, 'seq': seq, 'kind': kind, 'rules': rules,
            **{key.replace('_', '-'): value for key, value in more.items()}}


class World:
    """The namespace, a link whose other end is silent, a client."""

    def __init__(self, name='control'):
        self.name = name
        self.ns = kit.Namespace(name)
        self.far = kit.Namespace(name + '-far')
        kit.veth(self.ns, 'wan0', self.far, 'wan1')
        self.ns.ip(f'addr add {LOCAL}/24 dev wan0')
        self.ns.ip(f'addr add {LOCAL6}/64 dev wan0 nodad')
        for peer in (PEER, PEER6):
            self.ns.ip(f'neigh replace {peer} dev wan0 lladdr {self.far.mac("wan1").hex(":")} '
                       'nud permanent')
        self.ns.ip(f'route add 10.0.0.0/8 via {PEER}')
        self.ns.ip(f'-6 route add 2001:db8:2::/48 via {PEER6}')
        self.ifindex = self.ns.ifindex('wan0')
        self.wire = kit.Wire(self.far, 'wan1', self.ns.mac('wan0'))
        self.client = self.connect()

    def connect(self):
        with self.ns:
            return cm.Client()

    def events(self):
        with self.ns:
            return cm.Events()

    def delete(self):
        """The namespaces, and the sockets that would keep them."""
        self.client.close()
        self.wire.close()
        self.ns.delete()
        self.far.delete()

    def bind(self, name='MAP', family=AF_INET, ifindex=None, **more):
        return {'ifindex': ifindex or self.ifindex, 'map': name, 'family': family,
                **{key.replace('_', '-'): value for key, value in more.items()}}

    def fresh(self, *entries, bindings=None):
        """A namespace as after loading, then a policy; id of its first flow."""
        self.client.policy()
        self.client.stats_clear()
        self.client.policy(entries or [entry()], [self.bind()] if bindings is None else bindings)
        flows = self.client.flows()
        return flows[0]['id'] if flows else None

    def out(self, flow, spi=0x1000, **more):
        return self.client.sa_add('out', spi, LOCAL, PEER, flow, **{**GCM, **more})

    def into(self, flow, spi=0x2000, **more):
        return self.client.sa_add('in', spi, PEER, LOCAL, flow,
                                  **{'replay_window': 64, **GCM, **more})

    def get_out(self, spi=0x1000):
        return self.client.sa('out', spi, PEER)

    def get_in(self, spi=0x2000):
        return self.client.sa('in', spi, LOCAL)

    def send(self, count=1, size=100, to=FAR, port=9):
        """UDP datagrams of so many bytes with IP and UDP header."""
        with self.ns, socket.socket(kit.family_of(to), socket.SOCK_DGRAM) as sock:
            for _ in range(count):
                sock.sendto(bytes(size - 28), (to, port))

    def receive_esp(self, spi, seq=1, payload=bytes(64)):
        """An ESP packet from the peer; it is not authentic."""
        self.wire.send(packets.ip(PEER, LOCAL, 50, struct.pack('!II', spi, seq) + payload))


def gone(client, direction, spi, dst):
    """Whether an SA is not there any more."""
    try:
        client.sa(direction, spi, dst)
    except cm.Refused as why:
        return why.name == 'ENOENT'
    return False
