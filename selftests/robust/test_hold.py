#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 500
# takes: 110
"""Packets that wait for an SA (CMAP-9 does better than IOS here): none is lost
up to the limit, they leave in order, every other is counted by name, and the
daemon is asked once.
"""

import os
import socket
import struct
import time

from kit import (Log, add_case, at_exit, case, check, check_eq, check_in, child, main, read, reap,
                 scale, settle, stop, temporary, veth, wait, write)
from packets import esp_of
from plane import Plane, ace, entry
from worlds import BOTH, PORT, V4, V6, Bench, Receiver, Source

HOLD_SECONDS = 10
BACKLOG = '/proc/sys/net/core/netdev_max_backlog'

bench = None
log = None


def setup():
    global bench, log       # pylint: disable=global-statement
    # Between two namespaces nothing of a flood is lost, however slow its reader.
    at_exit(lambda before=read(BACKLOG): write(BACKLOG, before))
    write(BACKLOG, '200000')
    bench = Bench(kind='isakmp')
    log = Log()


def held():
    return bench.plane.stats()['held']


def begin(**more):
    """A policy of its own for each case, so that no acquire of the one before
    limits it."""
    bench.plane.clear_policy()
    bench.more = more
    bench.policy()
    bench.fresh()


# --- the first packets

def thousand(family, limit):
    begin(**({} if limit is None else {'hold_limit': limit}))
    limit = 64 if limit is None else limit
    listening = bench.plane.events()
    source = Source(bench, family)
    start = time.monotonic()
    source.send(*range(1000))
    elapsed = time.monotonic() - start
    kept = min(limit, 1000)
    wanted = {'hold-full': 1000 - kept} if kept < 1000 else {}
    check_eq('drops', bench.plane.drops(), wanted)
    check_eq('held in the namespace', held(), kept)
    flow = bench.plane.flow(bench.flow[family])
    check_eq('held in the flow', flow['held'], kept)
    check_eq('send errors', flow['send-errors'], 1000 - kept)
    check_eq('on the wire', bench.wire.take(), [])

    # One acquire, and at most one a second however slow this machine is.
    first = listening.await_one('acquire')
    check_in('acquires', len(listening.of('acquire')), 1, 1 + int(elapsed))
    check_eq('flow', first['flow'], bench.flow[family])
    check_eq('interface', first['ifindex'], bench.gw.ifindex('wan'))
    check_eq('map', first['map'], family.map)
    check_eq('family', first['family'], family.af)
    check_eq('entry', first['seq'], 10)
    check_eq('selector of the packet',
             (first['src'], first['dst'], first['ip-proto'], first['sport'], first['dport']),
             (family.lan, family.remote, 17, 6001, PORT))

    sa = bench.esp()
    receiver = Receiver(bench, family, sa)
    bench.outbound(family, sa)
    receiver.expect(list(range(kept)))
    source.send(1000, 1001)
    receiver.expect([*range(kept), 1000, 1001])
    check_eq('held', held(), 0)
    check_eq('drops', bench.plane.drops(), wanted)
    check_eq('encaps', bench.plane.stats()['encaps'], kept + 2)
    check_eq('packets of the SA', bench.plane.sa('out', sa.spi, family.peer)['packets'], kept + 2)
    source.close()
    listening.close()


for _family in BOTH:
    add_case(f'1000 packets before the SA, {_family.name}: 64 leave in order, the rest is counted',
             thousand, _family, None)
add_case('1000 packets before the SA, limit 1024: none is lost', thousand, V4, 1024)
add_case('1000 packets before the SA, limit 1', thousand, V4, 1)
add_case('limit 0: nothing is held, but the daemon is asked', thousand, V4, 0)


@case('a manual entry holds nothing')
def manual():
    begin()
    bench.kind = 'manual'
    try:
        bench.plane.clear_policy()
        bench.policy()
        listening = bench.plane.events()
        source = Source(bench, V4)
        source.send(*range(10))
        check_eq('drops', bench.plane.drops(), {'no-sa': 10})
        check_eq('held', held(), 0)
        check_eq('on the wire', bench.wire.take(), [])
        check_eq('events', listening.poll(), [])
        source.close()
        listening.close()
    finally:
        bench.kind = 'isakmp'


@case('what comes through the gateway is held like its own')
def forwarded():
    begin()
    with temporary('host') as host:
        veth(bench.gw, 'hosts', host, 'eth')
        bench.gw.ip('addr add 10.1.0.129/25 dev hosts')
        host.ip('addr add 10.1.0.130/25 dev eth')
        host.ip('route add default via 10.1.0.129')
        with host:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(('10.1.0.130', 6001))
        for number in range(100):
            sock.sendto(struct.pack('!I', number), (V4.remote, PORT))
        settle('drops', {'hold-full': 36}, bench.plane.drops)
        sa = bench.esp()
        receiver = Receiver(bench, V4, sa)
        bench.outbound(V4, sa)
        receiver.expect(list(range(64)))
        sock.close()


@case('acquires come again, once a second, as long as packets come')
def acquire_rate():
    begin()
    listening = bench.plane.events()
    source = Source(bench, V4)
    start = time.monotonic()
    number = 0

    def three():
        nonlocal number
        source.send(number)
        number += 1
        return len(listening.of('acquire')) >= 3
    wait('three acquires', three)
    check('two seconds at least', time.monotonic() - start >= 1.9)
    source.close()
    listening.close()


@case('flows hold apart from each other')
def two_flows():
    bench.plane.clear_policy()
    bench.more = {}
    bench.commit({V4: [ace(V4.lan_net, '10.2.0.0/24'), ace(V4.lan_net, '10.2.1.0/24')]})
    bench.fresh()
    listening = bench.plane.events()
    flows = [bench.plane.flow_of(V4.map, 10, i) for i in (0, 1)]
    sources = [Source(bench, V4), Source(bench, V4, 6002, '10.2.1.5')]
    for number in range(100):
        sources[number % 2].send(number)
    settle('acquired', set(flows), lambda: {e['flow'] for e in listening.of('acquire')})
    check_eq('held', [bench.plane.flow(f)['held'] for f in flows], [50, 50])
    sa = bench.esp()
    receiver = Receiver(bench, V4, sa)
    bench.outbound(V4, sa, flows[1])
    receiver.expect(list(range(1, 100, 2)))
    check_eq('held', [bench.plane.flow(f)['held'] for f in flows], [50, 0])
    bench.plane.hold_release(flows[0])
    for source in sources:
        source.close()
    listening.close()


# --- sizes

@case('a packet that was held is fragmented like any other')
def held_large():
    begin()
    source = Source(bench, V4)
    # No path MTU discovery: a large datagram may be split.
    source.sock.setsockopt(0, 10, 0)
    source.send(7, size=3000)
    check_eq('held', held(), 1)
    sa = bench.esp()
    bench.outbound(V4, sa)
    packets = []
    wait('ESP on the wire', lambda: packets.extend(bench.wire.take()) or len(packets) >= 3)
    parts = {}
    for packet in packets:
        check_in('bytes on the wire', len(packet), 1, 1500)
        check_eq('fragment of the outer packet', struct.unpack_from('!H', packet, 6)[0] & 0x3fff, 0)
        inner = sa.open(esp_of(packet))[2]
        parts[(struct.unpack_from('!H', inner, 6)[0] & 0x1fff) * 8] = inner[20:]
    whole = b''.join(parts[at] for at in sorted(parts))
    check_eq('the whole', (len(whole), whole[8:12]), (3008, struct.pack('!I', 7)))
    source.close()


# --- ways out

def timeout(family):
    begin()
    source = Source(bench, family)
    start = time.monotonic()
    source.send(*range(80))
    check_eq('held', held(), 64)
    settle('held', 0, held, HOLD_SECONDS * 3)
    # Before its time nothing may go; how much later depends on the machine.
    check('not before its time', time.monotonic() - start >= HOLD_SECONDS - 0.1)
    check_eq('drops', bench.plane.drops(), {'hold-full': 16, 'hold-timeout': 64})
    check_eq('send errors', bench.plane.flow(bench.flow[family])['send-errors'], 80)
    # The queue is as new: what comes next is held and goes with the SA.
    source.send(100, 101)
    sa = bench.esp()
    receiver = Receiver(bench, family, sa)
    bench.outbound(family, sa)
    receiver.expect([100, 101])
    source.close()


for _family in BOTH:
    add_case(f'after ten seconds held packets are dropped, {_family.name}', timeout, _family)


@case('each packet has its own ten seconds')
def timeout_each():
    begin()
    source = Source(bench, V4)
    start = time.monotonic()
    source.send(1)
    wait('some time', lambda: time.monotonic() - start > 3)
    source.send(2)
    middle = time.monotonic()
    settle('held', 1, held, HOLD_SECONDS * 3)
    settle('held', 0, held, HOLD_SECONDS * 3)
    check('the second one not before its time', time.monotonic() - middle >= HOLD_SECONDS - 0.1)
    check_eq('drops', bench.plane.drops(), {'hold-timeout': 2})
    source.close()


@case('hold-release drops what waits, and only that')
def release():
    begin()
    source = Source(bench, V4)
    source.send(*range(20))
    check_eq('held', held(), 20)
    bench.plane.hold_release(bench.flow[V4])
    check_eq('held', held(), 0)
    check_eq('drops', bench.plane.drops(), {'hold-released': 20})
    source.send(*range(100, 105))
    check_eq('held', held(), 5)
    sa = bench.esp()
    receiver = Receiver(bench, V4, sa)
    bench.outbound(V4, sa)
    receiver.expect(list(range(100, 105)))
    source.close()


@case('removal of the policy drops what waits')
def policy_removed():
    begin()
    source = Source(bench, V4)
    source.send(*range(20))
    bench.plane.clear_policy()
    settle('held', 0, held)
    check_eq('drops', bench.plane.drops(), {'hold-released': 20})
    check_eq('on the wire', bench.wire.take(), [])
    source.close()


@case('a commit that keeps the flow keeps what it holds')
def policy_kept():
    begin()
    source = Source(bench, V4)
    source.send(*range(20))
    flow = bench.flow[V4]
    reply = bench.commit({V4: [ace(V4.lan_net, V4.remote_net), ace('10.8.0.0/24', 'any')],
                          V6: [ace(V6.lan_net, V6.remote_net)]})
    check_eq('flows added and removed', (reply['flows-added'], reply['flows-removed']), (1, 0))
    check_eq('flow', bench.flow[V4], flow)
    check_eq('held', held(), 20)
    sa = bench.esp()
    receiver = Receiver(bench, V4, sa)
    bench.outbound(V4, sa)
    receiver.expect(list(range(20)))
    source.close()


@case('a limit that a commit lowers counts for the next packets')
def limit_changed():
    begin()
    source = Source(bench, V4)
    source.send(*range(20))
    bench.more = {'hold_limit': 10}
    bench.policy()
    check_eq('held', held(), 20)
    source.send(20)
    check_eq('drops', bench.plane.drops(), {'hold-full': 1})
    sa = bench.esp()
    receiver = Receiver(bench, V4, sa)
    bench.outbound(V4, sa)
    receiver.expect(list(range(20)))
    source.close()


@case('an SA that goes makes packets wait again')
def sa_deleted():
    begin()
    listening = bench.plane.events()
    source = Source(bench, V4)
    one, two = bench.esp(), bench.esp()
    receiver = Receiver(bench, V4, one, two)
    bench.outbound(V4, one)
    source.send(0, 1)
    bench.plane.sa_del('out', one.spi, V4.peer)
    source.send(2, 3)
    listening.await_one('acquire')
    check_eq('held', held(), 2)
    bench.outbound(V4, two)
    source.send(4)
    receiver.expect([0, 1, 2, 3, 4])
    check_eq('SAs', receiver.spis, [one.spi] * 2 + [two.spi] * 3)
    check_eq('drops', bench.plane.drops(), {})
    source.close()
    listening.close()


@case('the daemon is asked at once when the SA that it brought has gone')
def asked_at_once():
    begin()
    listening = bench.plane.events()
    source = Source(bench, V4)
    for number in range(5):
        source.send(number)
        wait('acquire', lambda n=number: len(listening.of('acquire')) == n + 1)
        sa = bench.esp()
        bench.outbound(V4, sa)
        bench.plane.sa_del('out', sa.spi, V4.peer)
    source.close()
    listening.close()


# --- under way

FLOOD = scale('HOLD_FLOODS', 20, 4)


class Flood:
    """Numbers sent as fast as another CPU can."""

    def __init__(self, family):
        self.orders, self.answers = os.pipe(), os.pipe()
        self.pid = child(self.run, family)

    def run(self, family):
        os.set_blocking(self.orders[0], False)
        os.sched_setaffinity(0, {os.cpu_count() - 1})
        source = Source(bench, family, 6010)
        number = 0
        while True:
            source.send(*range(number, number + 16))
            number += 16
            try:
                if os.read(self.orders[0], 1):
                    break
            except BlockingIOError:
                pass
        os.write(self.answers[1], struct.pack('!I', number))

    def end(self):
        """How many it has sent."""
        os.write(self.orders[1], b'x')
        sent, = struct.unpack('!I', os.read(self.answers[0], 4))
        reap(self.pid)
        return sent

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.pid)
        for fd in (*self.orders, *self.answers):
            os.close(fd)


@case(f'SA under a flood from another CPU, {FLOOD} times: order is kept, all are accounted for')
def flood():
    for turn in range(FLOOD):
        begin(hold_limit=(1024, 64, 8)[turn % 3])
        sa = bench.esp()
        receiver = Receiver(bench, V4, sa, ordered=False)
        with Flood(V4) as running:
            wait('held packets', lambda: held() >= 5)
            bench.outbound(V4, sa)
            # Read later: this end of the wire is slower than the flood.
            wait('packets behind the held ones',
                 lambda: bench.plane.stats()['encaps'] > 1500, 30)
            sent = running.end()
        drops = bench.plane.settle(sent)
        # On a slow machine the SA comes when the first ones have waited too long.
        check_eq('reasons', set(drops) - {'hold-full', 'hold-timeout'}, set())
        settle('received', sent - sum(drops.values()), receiver.read)
        order = receiver.protected()
        late = [(a, b) for a, b in zip(order, order[1:]) if b <= a]
        check_eq('numbers out of order', late[:10], [])


@case('SAs come and go under a flood: every packet is sent, held or counted')
def flood_changes():
    begin(hold_limit=1024)
    receiver = Receiver(bench, V4, ordered=False)
    with Flood(V4) as running:
        for _ in range(FLOOD * 2):
            sa = bench.esp()
            receiver.add(sa)
            bench.outbound(V4, sa)
            wait('packets', lambda n=bench.plane.stats()['encaps']:
                 bench.plane.stats()['encaps'] > n + 20, 30)
            bench.plane.sa_del('out', sa.spi, V4.peer)
        sent = running.end()
    last = bench.esp()
    receiver.add(last)
    bench.outbound(V4, last)
    drops = bench.plane.settle(sent)
    # Not even a packet that had found the SA just before it went is lost.
    check_eq('reasons', set(drops) - {'hold-full', 'hold-timeout'}, set())
    settle('received', sent - sum(drops.values()), receiver.read)
    order = receiver.protected()
    check_eq('numbers out of order', [(a, b) for a, b in zip(order, order[1:]) if b <= a][:10], [])


# --- the end of a namespace

def gateway_in(ns, far):
    """Another gateway whose packets wait; its plane."""
    veth(ns, 'wan', far, 'far')
    ns.ip('link add lan type dummy')
    ns.ip('link set lan up')
    ns.ip('addr add 192.0.2.1/24 dev wan')
    ns.ip('addr add 10.1.0.1/24 dev lan')
    ns.ip('neigh add 192.0.2.2 dev wan lladdr 02:00:00:00:00:01 nud permanent')
    ns.ip('route add 10.2.0.0/16 via 192.0.2.2')
    plane = Plane(ns)
    plane.policy([entry('v', 10, [ace('10.1.0.0/24', '10.2.0.0/16')], kind='isakmp',
                        peers=['192.0.2.2'])],
                 [plane.bind('wan', 'v', '192.0.2.1')])
    return plane


def namespace_end(conntrack):
    """Deleted with packets that wait: the namespace, seen by its end of a
    link, goes soon."""
    begin()
    with temporary('far') as far, temporary('doomed') as doomed:
        if conntrack:
            doomed.run('nft', 'add', 'table', 'inet', 't')
            doomed.run('nft', 'add', 'chain', 'inet', 't', 'c',
                       '{ type filter hook output priority 0; }')
            doomed.run('nft', 'add', 'rule', 'inet', 't', 'c', 'ct', 'state', 'new', 'accept')
        plane = gateway_in(doomed, far)
        with doomed:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(('10.1.0.1', 6001))
        for number in range(64):
            sock.sendto(struct.pack('!I', number), ('10.2.0.5', PORT))
        check_eq('held', plane.stats()['held'], 64)
        sock.close()
        plane.close()
        doomed.delete()
        wait('end of the namespace', lambda: 'far' not in far.run('ip -br link'), 40)


add_case('a namespace ends with packets that wait', namespace_end, False)
add_case('a namespace ends with packets that wait, with conntrack', namespace_end, True)


@case('the interface goes while packets wait')
def interface_gone():
    begin()
    with temporary('far') as far, temporary('doomed') as doomed:
        plane = gateway_in(doomed, far)
        with doomed:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(('10.1.0.1', 6001))
        for number in range(64):
            sock.sendto(struct.pack('!I', number), ('10.2.0.5', PORT))
        check_eq('held', plane.stats()['held'], 64)
        doomed.ip('link del wan')
        settle('held', 0, lambda: plane.stats()['held'], HOLD_SECONDS * 3)
        check_eq('drops', sum(plane.drops().values()), 64)
        sock.close()
        plane.close()


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
