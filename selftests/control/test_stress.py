#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# takes: 30
"""Everything at once: packets out and in, commits, rekeys, limits that end SAs,
flushes, dumps, and the end of the namespace in the middle of it. What counts is
that the kernel does not complain, and that what is left is right."""

import random
import threading

from world import GCM, LOCAL, PEER, World, cm, entry, kit
from kit import add_case, case, check, check_eq

ROUNDS = kit.scale('ROUNDS', 300, 60)
FLOWS = 4

w = None


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()


def entries(which):
    return [entry(seq=10 * number, kind='isakmp', peer=[cm.packed(PEER)],
                  rules=[cm.rule(dst=f'10.{number}.0.0/16')]) for number in which]


def flood(world):
    """Packets for every flow and ESP from the peer, until killed."""
    number = 0
    while True:
        number += 1
        for flow in range(1, FLOWS + 1):
            world.send(8, to=f'10.{flow}.0.1')
        for spi in range(0x2000, 0x2000 + FLOWS):
            world.receive_esp(spi, number)


def tolerant(function, *args, **more):
    """A request that another thread may have made impossible."""
    try:
        return function(*args, **more)
    except cm.Refused as why:
        check(f'{why}', why.name in ('ENOENT', 'EEXIST', 'ENOSPC'))
        return None


class Worker(threading.Thread):
    """One kind of changes, with a socket of its own."""

    def __init__(self, world, act, rounds=ROUNDS):
        super().__init__()
        self.client = world.connect()
        self.world, self.act, self.rounds = world, act, rounds
        self.why = None

    def run(self):
        try:
            for number in range(self.rounds):
                self.act(self.client, number)
        except Exception as why:        # pylint: disable=broad-except
            self.why = why
        finally:
            self.client.close()


def commits(client, number):
    which = [f for f in range(1, FLOWS + 1) if f == 1 or (number >> f) & 1]
    client.policy(entries(which), [w.bind(df_bit=('copy', 'set', 'clear')[number % 3])])


def rekeys(client, number):
    flows = [f['id'] for f in client.flows()]
    if not flows:
        return
    flow = flows[number % len(flows)]
    spi = 0x1000 + number
    more = {'hard_packets': random.randint(1, 40)} if number % 2 else {}
    tolerant(client.sa_add, 'out', spi, LOCAL, PEER, flow, **GCM, **more, liveness_seconds=1,
             idle_seconds=1)
    if number >= 3:
        tolerant(client.sa_del, 'out', spi - 3, PEER)


def inbound(client, number):
    flows = [f['id'] for f in client.flows()]
    if not flows:
        return
    spi = 0x2000 + number % FLOWS
    tolerant(client.spi_reserve, LOCAL, **{'spi-low': spi, 'spi-high': spi, 'hold-seconds': 1})
    tolerant(client.sa_add, 'in', spi, PEER, LOCAL, flows[-1], **GCM, replay_window=64,
             hard_seconds=1)
    if number % 3 == 0:
        tolerant(client.sa_del, 'in', spi, LOCAL)


def looks(client, number):
    client.dump('sa-get')
    client.dump('flow-get')
    client.stats()
    if number % 10 == 0:
        client.stats_clear()
    if number % 25 == 0:
        client.sa_flush()


@case('changes of every kind under traffic')
def all_at_once():
    w.fresh(*entries(range(1, FLOWS + 1)))
    child = kit.child(flood, w)
    events = w.events()
    workers = [Worker(w, act) for act in (commits, rekeys, inbound, looks)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    kit.stop(child)
    events.close()
    for worker in workers:
        check(f'{worker.act.__name__}: {worker.why}', worker.why is None)
    w.client.policy()
    kit.settle('nothing is left', (0, 0, 0), lambda: tuple(
        w.client.stats()[name] for name in ('flows', 'sas', 'held')))


@case('one entry changes under traffic: the others lose nothing')
def others_unharmed():
    flow = w.fresh(*entries([1, 2]))
    w.out(flow)
    capture = kit.Wire(w.far, 'wan1', w.ns.mac('wan0'))
    changing = Worker(w, lambda client, number: client.policy(
        entries([1]) + [entry(seq=20, rules=[cm.rule(dst=f'10.2.{number & 255}.0/24')])],
        [w.bind()]), 100)
    changing.start()
    sent = seen = 0

    def take():
        return sum(packet[9] == 50 for packet in capture.take())

    while changing.is_alive():
        w.send(20, to='10.1.0.1')
        sent += 20
        seen += take()
    changing.join()
    check(f'{changing.why}', changing.why is None)
    check('while it changed packets were sent', sent >= 20)
    check_eq('packets', (w.client.flow(flow)['encaps'], w.get_out()['sequence']), (sent, sent))
    while more := take():
        seen += more
    check_eq('lost by the capture', capture.lost(), 0)
    capture.close()
    check_eq('on the wire', seen, sent)


def end_of_namespace(number):
    other = World('stress-b')
    flow = other.fresh(*entries(range(1, FLOWS + 1)))
    for spi in range(20):
        other.out(flow, 0x1000 + spi, hard_seconds=1 + spi % 2, idle_seconds=1)
    for spi in range(FLOWS):
        other.into(flow, 0x2000 + spi)
    if number % 2:
        other.client.stage()
    child = kit.child(flood, other)
    kit.wait('traffic', lambda: other.client.stats()['encaps'] > 50)
    other.delete()
    kit.stop(child)


for n in range(kit.scale('ENDS', 4, 4)):
    add_case(f'namespace ends under traffic, {n + 1}', end_of_namespace, n)


kit.main(setup)
