#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""Events, each compared with all that it has to say: no attribute more, none
less.  Packets come from a namespace of their own, made by hand where they
must be wrong."""

import ctypes
import errno
import hashlib
import hmac
import os
import socket
import struct

import bench
import cm
import ktap
from bench import sa

IP_HEADER = struct.Struct('!BBHHHBBH4s4s')


class Lab:
    """The far end, and what is listened to."""

    far = None          # descriptor of its namespace
    events = None
    flow = 0

    @staticmethod
    def in_far(act):
        """act() in the namespace of the far end."""
        libc = ctypes.CDLL(None, use_errno=True)
        here = os.open('/proc/self/ns/net', os.O_RDONLY)
        try:
            if libc.setns(Lab.far, ktap.CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), 'setns')
            return act()
        finally:
            libc.setns(here, ktap.CLONE_NEWNET)
            os.close(here)


def setup():
    bench.setup()
    ktap.run('ip', 'netns', 'add', 'far')
    Lab.far = os.open('/run/netns/far', os.O_RDONLY)
    ktap.run('ip', 'link', 'set', 'far', 'netns', 'far')
    ktap.run('ip', '-n', 'far', '-batch', '-', text=(
        'link set lo up\nlink set far up\n'
        f'addr add {bench.PEER}/24 dev far\n'
        f'addr add {bench.PEER6}/64 dev far nodad\n'))
    ktap.run('ip', '-batch', '-', text=(
        f'route add 10.2.0.0/16 via {bench.PEER}\n'
        'addr add 10.1.0.1/32 dev lo\n'))
    Lab.events = bench.client.events()


def cleanup():
    Lab.events.close()
    bench.cleanup()
    os.close(Lab.far)
    ktap.run('ip', 'netns', 'del', 'far')


def policy(**more):
    """One flow, nothing heard before."""
    bench.client.policy()
    Lab.flow, = bench.put_policy([cm.rule('permit', '10.1.0.0/16', '10.2.0.0/16')], **more)
    Lab.events.forget()


def golden(event, wanted):
    ktap.equal('event', event, wanted)


def sa_event(attrs, conn, **more):
    """What an event that names an SA says of it."""
    out = {'flow': attrs['flow'], 'conn-id': conn, 'direction': attrs['direction'],
           'spi': attrs['spi'], 'proto': 50, 'dst': attrs['dst']}
    if 'owner' in attrs:
        out['owner'] = attrs['owner'].hex()
    out.update({name.replace('_', '-'): value for name, value in more.items()})
    return out


def install(direction='in', **more):
    attrs = sa(direction, flow=Lab.flow, owner=b'owner', **more)
    return attrs, bench.client.do('sa-add', attrs)['conn-id']


def send_udp(count=1, size=8, dst='10.2.0.9', sport=4000, dport=5000):
    """Datagrams that the map protects; a refusal to send is no matter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(('10.1.0.1', sport))
        for _ in range(count):
            try:
                sock.sendto(bytes(size), (dst, dport))
            except OSError:
                pass


def esp(spi, sequence, payload=bytes(64)):
    return struct.pack('!II', spi, sequence) + payload


def send_esp(packets, src=bench.PEER):
    """ESP from the far end."""
    def act():
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
            for packet in packets:
                header = IP_HEADER.pack(0x45, 0, 20 + len(packet), 0, 0, 64, 50, 0,
                                        cm.packed(src), cm.packed(bench.LOCAL))
                sock.sendto(header + packet, (bench.LOCAL, 0))
    Lab.in_far(act)


@ktap.case('acquire: what packet waits, and for which flow')
def acquire():
    policy()
    send_udp(sport=4321, dport=1234)
    golden(Lab.events.wait('acquire'), {
        'flow': Lab.flow, 'ifindex': bench.ifindex(), 'map': 'vpn', 'family': bench.AF_INET,
        'seq': 10, 'src': '10.1.0.1', 'dst': '10.2.0.9', 'ip-proto': 17, 'sport': 4321,
        'dport': 1234})
    ktap.equal('held', bench.client.flow(Lab.flow)['held'], 1)


@ktap.case('acquire: a protocol without ports')
def acquire_portless():
    policy()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, 47) as sock:
        sock.bind(('10.1.0.1', 0))
        sock.sendto(bytes(20), ('10.2.0.7', 0))
    golden(Lab.events.wait('acquire'), {
        'flow': Lab.flow, 'ifindex': bench.ifindex(), 'map': 'vpn', 'family': bench.AF_INET,
        'seq': 10, 'src': '10.1.0.1', 'dst': '10.2.0.7', 'ip-proto': 47})


@ktap.case('acquire: one for many packets')
def acquire_rate():
    policy()
    send_udp(count=50)
    ktap.equal('held', bench.client.flow(Lab.flow)['held'], 50)
    Lab.events.wait('acquire')
    # Sent while the packets were, so there can be no more to come.
    ktap.check(len(Lab.events.of('acquire')) <= 2, f'events {Lab.events.seen}')


@ktap.case('acquire: none for a manual entry, the packet is dropped')
def acquire_manual():
    policy(kind='manual')
    send_udp(count=3)
    # An event that comes for certain, and after it would have.
    install()
    bench.client.sa_flush()
    Lab.events.wait('sa-del')
    ktap.equal('acquire', Lab.events.of('acquire'), [])
    ktap.equal('held', bench.client.flow(Lab.flow)['held'], 0)
    ktap.equal('drops', bench.client.stats()['drop']['no-sa'], 3)
    bench.client.stats_clear()


@ktap.case('hold-release drops what waits, and counts it')
def hold_release():
    policy()
    send_udp(count=5)
    bench.client.hold_release(Lab.flow)
    ktap.equal('held', bench.client.flow(Lab.flow)['held'], 0)
    ktap.equal('drops', bench.client.stats()['drop']['hold-released'], 5)
    bench.client.stats_clear()


@ktap.case('sa-del: by request')
def sa_del():
    policy()
    attrs, conn = install()
    bench.client.sa_del('in', 0x1000, bench.LOCAL)
    golden(Lab.events.wait('sa-del'), sa_event(attrs, conn, reason='request'))


@ktap.case('sa-del: by a flush, and by a commit that removes the flow')
def sa_del_others():
    policy()
    attrs, conn = install('out')
    bench.client.sa_flush()
    golden(Lab.events.wait('sa-del'), sa_event(attrs, conn, reason='flush'))
    Lab.events.forget()
    attrs, conn = install('out')
    bench.client.policy()
    golden(Lab.events.wait('sa-del'), sa_event(attrs, conn, reason='policy'))


@ktap.case('sa-del: a reserved SPI has neither flow nor number')
def sa_del_larval():
    policy()
    spi = bench.client.spi_reserve(bench.LOCAL, **{'hold-seconds': 1})
    golden(Lab.events.wait('sa-del'), {
        'direction': 'in', 'spi': spi, 'proto': 50, 'dst': bench.LOCAL,
        'reason': 'larval-timeout'})


@ktap.case('expire by time: soft, hard, and the end')
def expire_time():
    policy()
    attrs, conn = install(soft_seconds=1, hard_seconds=2)
    golden(Lab.events.wait('expire'), sa_event(attrs, conn, cause='time'))
    hard = Lab.events.wait('expire', hard=True)
    golden(hard, sa_event(attrs, conn, cause='time', hard=True))
    golden(Lab.events.wait('sa-del'), sa_event(attrs, conn, reason='expired'))
    ktap.equal('order', [name for name, _ in Lab.events.seen], ['expire', 'expire', 'sa-del'])
    ktap.equal('SAs', bench.client.sas(), [])


def expire_by(cause, **limits):
    policy()
    attrs, conn = install('out', **limits)
    send_udp(count=12, size=100)
    golden(Lab.events.wait('expire', cause=cause), sa_event(attrs, conn, cause=cause))
    golden(Lab.events.wait('expire', hard=True), sa_event(attrs, conn, cause=cause, hard=True))
    golden(Lab.events.wait('sa-del'), sa_event(attrs, conn, reason='expired'))
    ktap.equal('soft', len([one for one in Lab.events.of('expire') if 'hard' not in one]), 1)
    bench.client.sa_flush()


# 128 bytes a packet, with its header.
ktap.add('expire by packets', lambda: expire_by('packets', soft_packets=4, hard_packets=8))
ktap.add('expire by bytes', lambda: expire_by('bytes', soft_bytes=400, hard_bytes=900))


@ktap.case('idle: an SA that carries nothing, and no more than one event')
def idle():
    policy()
    attrs, conn = install(idle_seconds=1)
    golden(Lab.events.wait('idle'), sa_event(attrs, conn))
    state = bench.client.sa('in', 0x1000, bench.LOCAL)
    ktap.equal('state', state['state'], 'mature')
    ktap.check(state['idle-for-seconds'] >= 1, f'idle for {state["idle-for-seconds"]} s')
    bench.client.sa_flush()


@ktap.case('liveness: packets go out and none comes back')
def liveness():
    policy()
    attrs, conn = install('out', liveness_seconds=1)
    send_udp()
    golden(Lab.events.wait('liveness'), sa_event(attrs, conn))
    bench.client.sa_flush()


@ktap.case('invalid-spi: a configured peer, and only such a one')
def invalid_spi():
    policy()
    ktap.run('ip', '-n', 'far', 'addr', 'add', '192.0.2.77/24', 'dev', 'far')
    send_esp([esp(0xabcd0001, 1)], src='192.0.2.77')
    send_esp([esp(0xabcd0002, 1)])
    event = Lab.events.wait('invalid-spi')
    event.pop('count', None)
    golden(event, {'src': bench.PEER, 'dst': bench.LOCAL, 'proto': 50, 'spi': 0xabcd0002})
    ktap.equal('events', len(Lab.events.of('invalid-spi')), 1)


@ktap.case('invalid-spi: a burst is limited, what was left out is told')
def invalid_spi_rate():
    policy()
    before = bench.client.stats()['drop']['invalid-spi']
    send_esp([esp(0xabcd0000 + i, 1) for i in range(300)])
    ktap.wait_for('all arrive', lambda:
                  bench.client.stats()['drop']['invalid-spi'] >= before + 300)
    heard = len(Lab.events.of('invalid-spi'))
    ktap.check(1 <= heard < 150, f'{heard} events for 300 packets')

    def told():
        # Sooner or later one is due again, and tells of those before it.
        send_esp([esp(0xabcdffff, 1)])
        return sum(one.get('count', 0) for one in Lab.events.of('invalid-spi')) >= 300 - heard

    ktap.wait_for('those left out are told', told)


@ktap.case('replay: the number, and how many more')
def replay():
    policy()
    # ESP without encryption, so that the far end is made by hand.
    key = bytes(20)
    attrs, conn = install(encr_alg='null', encr_key=None, auth_key=key)
    packet = null_esp(key, 0x1000, 7)
    send_esp([packet] * 3)
    event = Lab.events.wait('replay')
    event.pop('count', None)
    golden(event, sa_event(attrs, conn, src=bench.PEER, sequence=7))
    ktap.wait_for('dropped', lambda: sum(
        bench.client.stats()['drop'][name] for name in ('replay', 'replay-duplicate')) == 2)
    ktap.equal('replay events within a second', len(Lab.events.of('replay')), 1)
    bench.client.sa_flush()


def null_esp(key, spi, sequence):
    """ESP with NULL encryption and HMAC-SHA1-96 around an empty datagram."""
    inner = IP_HEADER.pack(0x45, 0, 28, 0, 0, 64, 17, 0, cm.packed('10.2.0.9'),
                           cm.packed('10.1.0.1'))
    total = sum(struct.unpack('!10H', inner))
    total = (total & 0xffff) + (total >> 16)
    inner = inner[:10] + struct.pack('!H', ~total & 0xffff) + inner[12:]
    inner += struct.pack('!HHHH', 5000, 4000, 8, 0)
    pad = -(len(inner) + 2) % 4
    body = struct.pack('!II', spi, sequence) + inner
    body += bytes(range(1, pad + 1)) + bytes((pad, 4))
    return body + hmac.new(key, body, hashlib.sha1).digest()[:12]


@ktap.case('every listener hears every event')
def listeners():
    policy()
    with bench.client.events() as first, bench.client.events() as second:
        _, conn = install()
        bench.client.sa_flush()
        for one in (first, second, Lab.events):
            ktap.equal('conn-id', one.wait('sa-del')['conn-id'], conn)


@ktap.case('events of another namespace are not heard')
def other_namespace():
    policy()
    with Lab.in_far(cm.Events) as far:
        install()
        bench.client.sa_flush()
        Lab.events.wait('sa-del')
        ktap.equal('events', far.poll(), [])


@ktap.case('a listener that does not keep up is told that it lost some')
def overrun():
    policy()
    with bench.client.events() as slow:
        slow.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(200):
            install()
            bench.client.sa_del('in', 0x1000, bench.LOCAL)
        try:
            slow.poll()
        except OSError as why:
            ktap.equal('errno', why.errno, errno.ENOBUFS)
        else:
            raise ktap.Failure('it heard of no loss')
        # Then it goes on as before.
        slow.poll()
        slow.forget()
        _, conn = install()
        bench.client.sa_flush()
        ktap.equal('conn-id', slow.wait('sa-del')['conn-id'], conn)


if __name__ == '__main__':
    ktap.main(setup, cleanup)
