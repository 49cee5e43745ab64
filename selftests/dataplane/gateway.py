# SPDX-License-Identifier: GPL-2.0
"""Our gateway: policy, SAs and counters of a namespace, over netlink."""

import os
import sys

from ktap import equal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                '..', 'lib'))

import cm  # pylint: disable=wrong-import-position,import-error


class Gateway:
    """A namespace that has crypto maps; flows are found by (map, seq)."""

    def __init__(self, netns):
        self.netns = netns
        with netns.entered():
            self.cm = cm.Client()
        self.flows = {}

    def close(self):
        self.cm.close()

    def binding(self, device, name, local, **more):
        """A map on a device, its end of the tunnels at an address."""
        return {'ifindex': self.netns.ifindex(device), 'map': name,
                'family': cm.family(local), 'local': local, **more}

    @staticmethod
    def entry(name, seq, peer, *networks):
        """An entry with a permit rule for each (ours, theirs) pair of networks."""
        return {'map': name, 'family': cm.family(peer), 'seq': seq, 'kind': 'manual',
                'peer': [peer], 'rules': [cm.rule(src=src, dst=dst)
                                          for src, dst in networks]}

    def commit(self, bindings, entries):
        """Another policy; what the commit changed."""
        change = self.cm.policy(entries, bindings)
        self.flows = {(flow['map'], flow['seq']): flow['id']
                      for flow in self.cm.flows()}
        return change

    def pair(self, flow, local, peer, transform, keys, spis, mode='tunnel', window=4096):
        """Both SAs of a flow; keys and spis are (in, out)."""
        # pylint: disable=too-many-arguments
        for direction, src, dst, (encr, auth), spi in (
                ('in', peer, local, keys[0], spis[0]),
                ('out', local, peer, keys[1], spis[1])):
            more = {'mode': mode, 'encr_alg': transform.cipher.encr}
            if encr:
                more['encr_key'] = encr
            if transform.auth:
                more.update(auth_alg=transform.auth.auth, auth_key=auth)
            if transform.esn:
                more['flags'] = {'esn'}
            if direction == 'in':
                more['replay_window'] = window
            self.cm.sa_add(direction, spi, src, dst, flow, **more)

    def flow(self, flow):
        return self.cm.flow(flow)

    def sas(self, flow):
        """The SAs of a flow, as {'in': [...], 'out': [...]}."""
        found = {'in': [], 'out': []}
        for shown in self.cm.sas(flow=flow):
            found[shown['direction']].append(shown)
        return found

    def flush(self, **filters):
        return self.cm.sa_flush(**filters)

    def drops(self):
        """Drop reasons that have been counted: {name: count}."""
        return {reason: count for reason, count in self.cm.stats()['drop'].items()
                if count}

    def clear_counters(self):
        self.cm.stats_clear()

    def no_drops(self):
        equal('dropped packets', self.drops(), {})
