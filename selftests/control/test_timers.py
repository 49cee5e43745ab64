#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# takes: 40
"""Lifetimes, idle time, liveness, and the other events of SAs. Times are bounds
on hangs, and lower bounds: nothing may come early."""

import time

from world import GCM, LOCAL, PEER, World, cm, entry, kit
from kit import case, check, check_eq

w = None


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()


def at_least(what, begin, seconds):
    """An event for an age of so many seconds; one tick is the kernel's own."""
    took = time.monotonic() - begin
    check(f'{what}: after {took:.3f} s, not before {seconds}', took > seconds - 0.05)


@case('a soft lifetime makes the SA dying, which still carries packets')
def dying():
    flow = w.fresh()
    w.out(flow, soft_seconds=1)
    kit.wait('dying', lambda: w.get_out()['state'] == 'dying')
    w.send(2)
    check_eq('packets', w.get_out()['packets'], 2)
    w.client.sa_update('out', 0x1000, PEER, soft_seconds=1000)
    check_eq('renewed', w.get_out()['state'], 'mature')


@case('limits of bytes: soft once, hard ends it at the packet')
def volume_bytes():
    flow = w.fresh(entry(kind='manual'))
    with w.events() as events:
        w.out(flow, soft_bytes=300, hard_bytes=1000)
        w.send(2, 100)
        check_eq('nothing yet', events.of('expire'), [])
        w.send(3, 100)
        check_eq('soft', events.wait('expire')['cause'], 'bytes')
        check_eq('dying', w.get_out()['state'], 'dying')
        w.send(10, 100)
        hard = events.wait('expire', hard=True)
        check_eq('hard', hard['cause'], 'bytes')
        events.wait('sa-del', reason='expired')
        check_eq('once each', len(events.of('expire')), 2)
    check_eq('sent', w.client.flow(flow)['encaps'], 10)
    drops = w.client.stats()['drop']
    check_eq('the rest is dropped by name', drops['no-sa'] + drops['sa-expired'], 5)


@case('limits of packets')
def volume_packets():
    flow = w.fresh(entry(kind='manual'))
    with w.events() as events:
        w.out(flow, soft_packets=4, hard_packets=7)
        w.send(3)
        check_eq('nothing yet', events.of('expire'), [])
        w.send(1)
        check_eq('soft', events.wait('expire')['cause'], 'packets')
        w.send(10)
        check_eq('hard', events.wait('expire', hard=True)['cause'], 'packets')
    check_eq('sent', w.client.flow(flow)['encaps'], 7)


@case('new limits that are over already work at once')
def update_over():
    flow = w.fresh()
    w.out(flow)
    w.send(5)
    with w.events() as events:
        w.client.sa_update('out', 0x1000, PEER, soft_packets=5)
        check_eq('soft', events.wait('expire')['cause'], 'packets')
        w.client.sa_update('out', 0x1000, PEER, hard_packets=5)
        check_eq('hard', events.wait('expire', hard=True)['cause'], 'packets')
        events.wait('sa-del', reason='expired')


@case('new limits of time: shorter works, longer too')
def update_time():
    flow = w.fresh()
    w.out(flow, hard_seconds=1)
    w.client.sa_update('out', 0x1000, PEER, hard_seconds=1000)
    w.into(flow, hard_seconds=100000)
    begin = time.monotonic()
    with w.events() as events:
        w.client.sa_update('in', 0x2000, LOCAL, hard_seconds=2)
        events.wait('expire', hard=True, direction='in')
        # The SA is a little older than the update.
        check('not at once', time.monotonic() - begin > 0.5)
    check_eq('the other one lives', w.get_out()['state'], 'mature')


@case('idle: once for each silence')
def idle():
    flow = w.fresh()
    with w.events() as events:
        begin = time.monotonic()
        w.out(flow, idle_seconds=1, owner=b'o')
        got = events.wait('idle')
        at_least('idle', begin, 1)
        check_eq('owner', got['owner'], b'o'.hex())
        begin = time.monotonic()
        w.send(1)
        kit.wait('second', lambda: len(events.of('idle')) == 2)
        at_least('second', begin, 1)
        # A time that passes for certain: the lifetime of another SA.
        w.into(flow, hard_seconds=3)
        events.wait('expire', hard=True)
        check_eq('no more of the same silence', len(events.of('idle')), 2)
    check_eq('the SA stays', w.get_out()['state'], 'mature')
    check('idle for', w.get_out()['idle-for-seconds'] >= 3)


@case('traffic puts idle off')
def not_idle():
    flow = w.fresh()
    with w.events() as events:
        w.out(flow, idle_seconds=2)
        w.into(flow, hard_seconds=4)
        while not events.of('expire', hard=True):
            w.send(1)
            time.sleep(0.1)
        check_eq('idle', events.of('idle'), [])


@case('liveness: sent and nothing received, again each period, only the SA in use')
def liveness():
    flow = w.fresh()
    with w.events() as events:
        w.out(flow, 0x1000, liveness_seconds=1)
        w.out(flow, 0x1001, liveness_seconds=1)
        w.into(flow, hard_seconds=2)
        events.wait('expire', hard=True)
        check_eq('nothing was sent', events.of('liveness'), [])
        begin = time.monotonic()
        w.send(1)
        got = events.wait('liveness')
        at_least('liveness', begin, 1)
        check_eq('which', (got['spi'], got['direction'], got['flow']), (0x1001, 'out', flow))
        kit.wait('again', lambda: len(events.of('liveness')) >= 2)
        at_least('again', begin, 2)
        check_eq('the old one', events.of('liveness', spi=0x1000), [])


@case('replay events: one a second, with the count of the others')
def replay():
    flow = w.fresh()
    w.into(flow, 0x2000, owner=b'r')
    with w.events() as events:
        for _ in range(5):
            w.receive_esp(0x2000, seq=0)
        kit.settle('drops', 5, lambda: w.client.stats()['drop']['replay'])
        got = events.wait('replay')
        for key, value in {'flow': flow, 'spi': 0x2000, 'src': PEER, 'dst': LOCAL,
                           'sequence': 0, 'count': 0, 'owner': b'r'.hex()}.items():
            check_eq(key, got.get(key), value)
        count = len(events.of('replay'))

        def another():
            w.receive_esp(0x2000, seq=0)
            return len(events.of('replay')) > count
        kit.wait('next second', another)
        told = sum(event['count'] + 1 for event in events.of('replay'))
        check_eq('all are told', told, w.client.stats()['drop']['replay'])


@case('invalid SPI: only from a configured peer, ten at once, then limited')
def invalid_spi():
    w.fresh(entry())
    with w.events() as events:
        w.receive_esp(0x7777)
        kit.settle('counted', 1, lambda: w.client.stats()['drop']['invalid-spi'])
        check_eq('not from a stranger', events.of('invalid-spi'), [])
        w.fresh(entry(peer=[cm.packed(PEER)]))
        sent = 200
        for _ in range(sent):
            w.receive_esp(0x7777)
        kit.settle('counted', sent, lambda: w.client.stats()['drop']['invalid-spi'])
        got = events.wait('invalid-spi')
        check_eq('which', (got['src'], got['dst'], got['spi'], got['proto']),
                 (PEER, LOCAL, 0x7777, 50))
        check('limited', len(events.of('invalid-spi')) < sent)

        # The next event tells of all that were left out before it.
        before = len(events.of('invalid-spi'))

        def another():
            w.receive_esp(0x7777)
            return len(events.of('invalid-spi')) > before
        kit.wait('the others are told', another)
        told = sum(event['count'] + 1 for event in events.of('invalid-spi'))
        total = w.client.stats()['drop']['invalid-spi']
        check(f'{told} are told, of {sent} to {total}', sent <= told <= total)


@case('held packets leave on the SA that comes')
def held():
    flow = w.fresh()
    w.send(5)
    w.client.sa_add('out', 0x1000, LOCAL, PEER, flow, **GCM)
    check_eq('sent', (w.get_out()['packets'], w.client.flow(flow)['held']), (5, 0))


@case('many SAs that expire together are all deleted')
def storm():
    flow = w.fresh()
    count = kit.scale('STORM', 3000, 500)
    for number in range(count):
        w.out(flow, 0x10000 + number, hard_seconds=1 if number % 2 else 0)
    kit.settle('half is left', count - count // 2, lambda: w.client.stats()['sas'], 60)
    check_eq('flush', w.client.sa_flush(), count - count // 2)


kit.main(setup)
