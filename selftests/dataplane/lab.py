# SPDX-License-Identifier: GPL-2.0
"""Topologies: our gateway r1, a stock Linux router r2, and what is around.

    h1 --- r1 === wire === r2 --- h2

The wire is a namespace of its own, between the routers as a bridge (one
segment) or as a router (two segments), where everything that crosses is seen,
independent of what either router shows of itself. In clear, routes lead
through, so that whatever is not protected arrives and is seen.
"""

import os
import subprocess

from netns import Netns, veth
from wire import Capture


def backlog(packets):
    """Sets the limit of every CPU's backlog; returns what it was."""
    with open('/proc/sys/net/core/netdev_max_backlog', 'r+', encoding='ascii') as file:
        before = int(file.read())
        file.write(str(packets))
    return before


class Lab:
    """Addresses are keyed by the IP version, 4 or 6."""

    # pylint: disable=too-many-instance-attributes
    def __init__(self, router=False, mtu=1500):
        subprocess.run(['modprobe', 'cryptomap'], check=True)
        # veth queues for each CPU: on several, a packet may overtake as many as
        # the replay window is long, and counters are not exact any more.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        # A burst of TCP must not be lost between two namespaces.
        self.backlog = backlog(100000)
        self.h1, self.r1, self.wire, self.r2, self.h2 = self.all = [
            Netns(name) for name in ('h1', 'r1', 'wire', 'r2', 'h2')]
        self.host1 = {4: '10.1.0.2', 6: 'fd01::2'}
        self.host2 = {4: '10.2.0.2', 6: 'fd02::2'}
        self.lan1 = {4: '10.1.0.1', 6: 'fd01::1'}
        self.lan2 = {4: '10.2.0.1', 6: 'fd02::1'}
        self.net1 = {4: '10.1.0.0/24', 6: 'fd01::/64'}
        self.net2 = {4: '10.2.0.0/24', 6: 'fd02::/64'}
        self.outer1 = {4: '192.0.2.1', 6: '2001:db8::1'}
        self.outer2 = {4: '198.51.100.2', 6: '2001:db8:1::2'} if router else \
                      {4: '192.0.2.2', 6: '2001:db8::2'}
        veth(self.h1, 'lan', self.r1, 'lan')
        veth(self.h2, 'lan', self.r2, 'lan')
        veth(self.r1, 'wan', self.wire, 'r1', mtu)
        veth(self.r2, 'wan', self.wire, 'r2', mtu)
        self._addresses()
        if router:
            self._route()
        else:
            self._bridge()
        self._gateways(router)
        # Between the wire and r1; all that r1 sends and gets.
        self.capture = Capture(self.wire, 'r1')

    def close(self):
        self.capture.close()
        for netns in reversed(self.all):
            netns.close()
        backlog(self.backlog)

    def add(self, name):
        """One more namespace that ends with the lab."""
        self.all.append(Netns(name))
        return self.all[-1]

    def _addresses(self):
        for host, router, device in (
                (self.host1, self.lan1, (self.h1, self.r1)),
                (self.host2, self.lan2, (self.h2, self.r2))):
            for netns, addresses in zip(device, (host, router)):
                netns.ip(f'addr add {addresses[4]}/24 dev lan',
                         f'addr add {addresses[6]}/64 dev lan nodad')
            device[0].ip(f'route add default via {router[4]}',
                         f'route add default via {router[6]}')
        for netns, outer in ((self.r1, self.outer1), (self.r2, self.outer2)):
            netns.ip(f'addr add {outer[4]}/24 dev wan',
                     f'addr add {outer[6]}/64 dev wan nodad')

    def _bridge(self):
        self.wire.sysctl('ipv6/conf/all/disable_ipv6', 1)
        self.wire.ip('link add bridge type bridge stp_state 0 forward_delay 0'
                     ' mcast_snooping 0',
                     'link set bridge up',
                     'link set r1 master bridge',
                     'link set r2 master bridge')

    def _route(self):
        self.wire.ip('addr add 192.0.2.254/24 dev r1',
                     'addr add 2001:db8::fe/64 dev r1 nodad',
                     'addr add 198.51.100.254/24 dev r2',
                     'addr add 2001:db8:1::fe/64 dev r2 nodad')
        for version in (4, 6):
            self.wire.ip(f'route add {self.net1[version]} via {self.outer1[version]}',
                         f'route add {self.net2[version]} via {self.outer2[version]}')

    def _gateways(self, router):
        """Default routes, as gateways have: strict rp_filter must live with them."""
        next1 = {4: '192.0.2.254', 6: '2001:db8::fe'} if router else self.outer2
        next2 = {4: '198.51.100.254', 6: '2001:db8:1::fe'} if router else self.outer1
        for netns, via in ((self.r1, next1), (self.r2, next2)):
            netns.ip(f'route add default via {via[4]}',
                     f'route add default via {via[6]}')
