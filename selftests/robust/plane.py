# SPDX-License-Identifier: GPL-2.0
"""The data plane of a namespace as the tests of this directory see it: the
netlink client of selftests/lib, in the words of their worlds.

Addresses in replies and events are text, owners are hex.
"""

import os
import socket
import sys

from kit import SELFTESTS, check_eq, wait
from packets import addr

sys.path.insert(0, os.path.join(SELFTESTS, 'lib'))
import cm       # noqa: E402 pylint: disable=wrong-import-position,import-error

AF_INET, AF_INET6 = int(socket.AF_INET), int(socket.AF_INET6)
Refused = cm.Refused


def ace(src, dst, action='permit', **more):
    """A rule from prefixes: ace('10.1.0.0/24', '10.2.0.0/24', proto=17,
    dport=(500, 500)); 'any' is any."""
    return cm.rule(action, src, dst, **more)


def entry(name, seq, rules, family=AF_INET, kind='manual', peers=(), **more):
    """A crypto map entry and its rules."""
    return {'map': name, 'family': family, 'seq': seq, 'kind': kind,
            'peer': [addr(p) for p in peers], 'rules': list(rules),
            **{k.replace('_', '-'): v for k, v in more.items()}}


class Events(cm.Events):
    def await_one(self, name, seconds=10, **wanted):
        wait(f'event {name} {wanted}', lambda: self.of(name, **wanted), seconds)
        return self.of(name, **wanted)[0]


class Plane(cm.Client):
    """Netlink to the data plane of a namespace.  Drop reasons in ignore are not
    the test's affair."""

    ignore = set()

    def __init__(self, ns):
        self.ns = ns
        with ns:
            super().__init__()

    def events(self):
        with self.ns:
            return Events()

    # --- policy

    def bind(self, dev, name, local=None, family=AF_INET, **more):
        binding = {'ifindex': self.ns.ifindex(dev), 'map': name, 'family': family,
                   **{k.replace('_', '-'): v for k, v in more.items()}}
        if local:
            binding['local'] = addr(local)
        return binding

    def clear_policy(self):
        return self.policy()

    def flow_of(self, name, seq, index=0):
        """Id of the flow of a rule."""
        got = [f for f in self.flows(map=name) if f['seq'] == seq and
               f['rule'].get('index', 0) == index]
        check_eq(f'flows of {name} {seq} {index}', len(got), 1)
        return got[0]['id']

    # --- SAs

    def sa_install(self, direction, sa, flow, src, dst, mode='tunnel', **more):
        """Installs a packets.Esp; its connection id."""
        attributes = {'mode': mode, 'encr-alg': sa.encr, 'encr-key': sa.encr_key,
                      'auth-alg': sa.auth, 'auth-key': sa.auth_key, **more}
        if sa.esn:
            attributes['flags'] = ['esn']
        # What an algorithm does not have is left out.
        for key in ('encr-key', 'auth-key'):
            if not attributes[key]:
                del attributes[key]
        return self.sa_add(direction, sa.spi, src, dst, flow, **attributes)

    def sa_exists(self, direction, spi, dst):
        try:
            return self.sa(direction, spi, dst)
        except Refused:
            return None

    def sa_drops(self, direction, spi, dst):
        """Drop counters of an SA that are not zero."""
        return drops_of(self.sa(direction, spi, dst))

    # --- counters

    def drops(self):
        """Drop counters of the namespace that are not zero."""
        return {k: v for k, v in self.stats()['drop'].items() if v and k not in self.ignore}

    def counted(self):
        """All packets that came in or went out protected, or were dropped."""
        stats = self.stats()
        return stats['encaps'] + stats['decaps'] + \
            sum(v for k, v in stats['drop'].items() if k not in self.ignore)

    def settle(self, total, seconds=20):
        """Waits until so many packets are counted; the drop counters."""
        wait(f'{total} packets to be counted', lambda: self.counted() >= total, seconds)
        check_eq('packets counted', self.counted(), total)
        return self.drops()


def drops_of(message):
    return {d['reason']: d['count'] for d in message.get('drop', ()) if d['count']}
