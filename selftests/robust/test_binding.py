#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# takes: 60
"""A crypto map goes by the name of its interface: made anew, renamed, moved
away and back, there is no moment in which the interface has no map, with no
daemon to help.
"""

import contextlib
import socket
import struct

from kit import (Log, Wire, add_case, case, check, check_eq, main, neighbour, settle, temporary,
                 veth, wait)
from packets import esp_of, udp_data, udp_packet
from plane import AF_INET, AF_INET6, Refused, ace, entry
from worlds import PORT, V4, Bench

OUR, PEER, REMOTE, INSIDE = '198.51.100.1', '198.51.100.2', '10.9.0.5', '10.1.0.1'
DEV = 'named'

bench = None
log = None


def setup():
    global bench, log       # pylint: disable=global-statement
    bench = Bench()
    log = Log()


class Link:
    """A link of the gateway that comes and goes."""

    def __init__(self, dev=DEV):
        self.dev = dev
        self.far = None
        self.wire = None

    def make(self, far):
        self.far = far
        veth(bench.gw, self.dev, far, 'far')
        self.settle()
        self.wire = Wire(far, 'far', bench.gw.mac(self.dev))

    def settle(self, dev=None):
        """Addresses and routes, which a link loses when it is down."""
        dev = dev or self.dev
        bench.gw.ip(f'link set {dev} up')
        bench.gw.ip(f'addr replace {OUR}/24 dev {dev}')
        neighbour(bench.gw, dev, self.far.mac('far'), PEER)
        bench.gw.ip(f'route replace 10.9.0.0/16 via {PEER} dev {dev}')

    def unmake(self):
        if self.wire:
            self.wire.close()
            self.wire = None
            bench.gw.ip(f'link del {self.dev}')


@contextlib.contextmanager
def world(made=True):
    link = Link()
    with temporary('far') as far:
        try:
            if made:
                link.make(far)
            link.far = far
            yield link
        finally:
            link.unmake()
            bench.policy()


def bind(ifindex=None, ifname=DEV, **more):
    """The policy for what goes to behind the link; its only flow."""
    binding = {'map': 'vpn', 'family': AF_INET, 'local': socket.inet_aton(OUR), **more}
    if ifname:
        binding['ifname'] = ifname
    if ifindex:
        binding['ifindex'] = ifindex
    reply = bench.plane.policy([entry('vpn', 10, [ace('10.1.0.0/16', '10.9.0.0/16')],
                                      peers=[PEER])], [binding])
    return bench.plane.flow_of('vpn', 10), reply


def outbound(flow):
    sa = bench.esp()
    bench.plane.sa_install('out', sa, flow, OUR, PEER)
    return sa


def protected(link, sa, number):
    """The link has the map, in both directions."""
    before = bench.plane.drops().get('not-ipsec', 0)
    link.wire.take()
    link.wire.send(udp_packet(REMOTE, INSIDE, 1, PORT, bytes(8)))
    settle('refused in clear', before + 1, lambda: bench.plane.drops().get('not-ipsec', 0))
    check_eq('delivered', bench.sinks[V4].take(), [])
    with bench.gw:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((INSIDE, 0))
    sock.sendto(struct.pack('!I', number), (REMOTE, PORT))
    sock.close()
    wired = []
    wait('a packet on the wire', lambda: wired.extend(link.wire.take()) or wired)
    check(f'ESP: {wired[0].hex()[:80]}', esp_of(wired[0]) is not None)
    check_eq('inside', udp_data(sa.open(esp_of(wired[0]))[2])[:4], struct.pack('!I', number))


def shown(flow):
    got = bench.plane.flow(flow)
    return got['ifindex'], got.get('ifname')


@case('made anew, the interface has its map, and the flow its SA')
def anew():
    with world() as link:
        bench.fresh()
        flow, _ = bind(bench.gw.ifindex(DEV))
        sa = outbound(flow)
        protected(link, sa, 1)
        old = bench.gw.ifindex(DEV)
        for number in (2, 3):
            link.unmake()
            link.make(link.far)
            check('another index', bench.gw.ifindex(DEV) != old)
            protected(link, sa, number)
        check_eq('the flow shows', shown(flow), (bench.gw.ifindex(DEV), DEV))
        check_eq('by interface', len(bench.plane.flows(ifindex=bench.gw.ifindex(DEV))), 1)
        check_eq('by the old one', bench.plane.flows(ifindex=old), [])
        check_eq('SAs by interface', len(bench.plane.sas(ifindex=bench.gw.ifindex(DEV))), 1)
        # What a daemon says that has seen the new one changes nothing.
        same, reply = bind(bench.gw.ifindex(DEV))
        check_eq('flow', same, flow)
        check_eq('kept', (reply['flows-kept'], reply['flows-added']), (1, 0))
        protected(link, sa, 4)


@case('the map waits for an interface that is not there yet')
def early():
    with world(made=False) as link:
        bench.fresh()
        flow, _ = bind()
        check_eq('the flow shows', shown(flow), (0, DEV))
        sa = outbound(flow)
        link.make(link.far)
        protected(link, sa, 1)
        check_eq('the flow shows', shown(flow), (bench.gw.ifindex(DEV), DEV))


@case('renamed, the interface keeps the map until the next commit; so has who takes the name')
def renamed():
    with world() as link, temporary('other') as other:
        bench.fresh()
        flow, _ = bind(bench.gw.ifindex(DEV))
        sa = outbound(flow)
        bench.gw.ip(f'link set {DEV} down')
        bench.gw.ip(f'link set {DEV} name was')
        link.dev = 'was'
        link.settle()
        protected(link, sa, 1)
        # Another one comes by the name.
        second = Link()
        bench.gw.ip('addr flush dev was')
        second.make(other)
        protected(second, sa, 2)
        second.unmake()
        # Nobody has it any more; what has had it still has the map.
        link.settle()
        protected(link, sa, 3)
        bind()
        link.wire.send(udp_packet(REMOTE, INSIDE, 1, PORT, struct.pack('!I', 9)))
        bench.delivered(V4, [9])


@case('an interface that takes the name has the map')
def takes():
    with world() as link:
        bench.fresh()
        flow, _ = bind(ifname='later')
        sa = outbound(flow)
        bench.gw.ip(f'link set {DEV} down')
        bench.gw.ip(f'link set {DEV} name later')
        link.dev = 'later'
        link.settle()
        protected(link, sa, 1)


@case('from one bound name to another: the map of the new one')
def exchanged():
    with world() as link:
        bench.fresh()
        local = socket.inet_aton(OUR)
        bench.plane.policy(
            [entry('one', 10, [ace('10.1.0.0/16', '10.9.0.0/16')], peers=[PEER]),
             entry('two', 10, [ace('10.1.0.0/16', '10.9.0.0/16')], peers=[PEER])],
            [{'ifname': DEV, 'map': 'one', 'family': AF_INET, 'local': local},
             {'ifname': 'later', 'map': 'two', 'family': AF_INET, 'local': local}])
        one, two = (outbound(bench.plane.flow_of(name, 10)) for name in ('one', 'two'))
        protected(link, one, 1)
        for dev, sa, number in (('later', two, 2), (DEV, one, 3)):
            bench.gw.ip(f'link set {link.dev} down')
            bench.gw.ip(f'link set {link.dev} name {dev}')
            link.dev = dev
            link.settle()
            protected(link, sa, number)


@case('moved to another namespace and back')
def moved():
    with world() as link, temporary('away') as away:
        bench.fresh()
        flow, _ = bind(bench.gw.ifindex(DEV))
        sa = outbound(flow)
        bench.gw.ip(f'link set {DEV} netns {away.name}')
        check_eq('the flow shows', shown(flow)[1], DEV)
        away.ip(f'link set {DEV} netns {bench.gw.name}')
        link.settle()
        protected(link, sa, 1)


@case('one map of a family for an interface, by name and by index')
def twice():
    with world():
        flow, _ = bind(bench.gw.ifindex(DEV))
        for ifindex, ifname in ((None, DEV), (bench.gw.ifindex(DEV), None), (4711, DEV),
                                (bench.gw.ifindex(DEV), 'other')):
            other = {'map': 'vpn', 'family': AF_INET}
            if ifname:
                other['ifname'] = ifname
            if ifindex:
                other['ifindex'] = ifindex
            bench.plane.stage()
            bench.plane.add(bindings=[{'map': 'vpn', 'family': AF_INET, 'ifname': DEV,
                                       'ifindex': bench.gw.ifindex(DEV)}])
            try:
                bench.plane.add(bindings=[{'map': 'vpn', 'family': AF_INET, 'ifname': 'third'},
                                          other])
            except Refused as why:
                check_eq('refused', why.name, 'EEXIST')
            else:
                check(f'{ifindex} {ifname} is refused', False)
            # Of a refused message nothing is staged.
            bench.plane.add(bindings=[{'map': 'vpn', 'family': AF_INET, 'ifname': 'third'}])
            bench.plane.do('policy-abort', stage=bench.plane.stage_id)
        check_eq('flow', bench.plane.flow(flow)['id'], flow)


@case('both families of one name')
def families():
    with world() as link:
        bench.fresh()
        bench.plane.policy(
            [entry('vpn', 10, [ace('10.1.0.0/16', '10.9.0.0/16')], peers=[PEER]),
             entry('six', 10, [ace('fd01::/64', 'fd09::/64')], AF_INET6, peers=['2001:db8::9'])],
            [{'ifname': DEV, 'map': 'vpn', 'family': AF_INET},
             {'ifname': DEV, 'map': 'six', 'family': AF_INET6}])
        link.unmake()
        link.make(link.far)
        link.wire.send(udp_packet(REMOTE, INSIDE, 1, PORT, bytes(8)))
        link.wire.send(udp_packet('fd09::5', 'fd01::1', 1, PORT, bytes(8)))
        settle('drops', {'not-ipsec': 2}, bench.plane.drops)


def churn(rounds):
    """Interfaces come and go while policies do; none is ever in clear."""
    with world(made=False) as link:
        for number in range(rounds):
            bench.fresh()
            bind()
            link.make(link.far)
            if number % 3:
                bind(bench.gw.ifindex(DEV))
            link.wire.send(udp_packet(REMOTE, INSIDE, 1, PORT, bytes(8)))
            settle('drops', {'not-ipsec': 1}, bench.plane.drops)
            if number % 2:
                bench.plane.clear_policy()
            link.unmake()


add_case('interfaces come and go while policies do', churn, 20)


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
