#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
# timeout: 600
# takes: 55
"""A wire that loses, repeats and reorders packets: what the gateway counts is
exactly what arrived. Chance decides what the wire does, the capture says what
it did, and a model of the window (RFC 4303 3.4.3) says what must come of it.
"""

import re
import subprocess

import ktap
import traffic
from interop import Interop, shape_name
from ktap import check, equal
from netns import wait_for
from transforms import CBC_SHA1, GCM_128

DATAGRAMS = 600
BYTES = 256 << 10
WIRES = {
    'every packet twice': 'duplicate 100%',
    'some twice': 'duplicate 20%',
    'reordered': 'delay 5ms 4ms',
    'all of it': 'delay 5ms 4ms loss 3% duplicate 10%',
}


class Netem:
    """What the wire does to packets on their way to r1 and to r2."""

    def __init__(self, lab, what):
        self.wire, self.r2 = lab.wire, lab.r2
        for device in ('r1', 'r2'):
            lab.wire.run('tc', 'qdisc', 'replace', 'dev', device, 'root', 'netem',
                         'limit', '100000', *what.split())

    def close(self):
        for device in ('r1', 'r2'):
            self.wire.run('tc', 'qdisc', 'del', 'dev', device, 'root')

    def idle(self):
        """Nothing is on its way any more."""
        text = self.wire.run('tc', '-s', 'qdisc', 'show')
        backlogs = re.findall(r'qdisc netem.*\n.*\n backlog \S+ (\d+)p', text)
        check(len(backlogs) == 2, f'not two disciplines: {text}')
        return set(backlogs) == {'0'}


def model(numbers, window):
    """(accepted, replay-duplicate, replay) for numbers in the order of arrival."""
    seen, highest = set(), 0
    accepted = duplicate = old = 0
    for number in numbers:
        if number <= highest - window:
            old += 1
        elif number in seen:
            duplicate += 1
        else:
            accepted += 1
            seen.add(number)
            highest = max(highest, number)
    return accepted, duplicate, old


def compare(interop, window):
    """The counters of either end against what crossed the wire."""
    # The capture is between netem and r1 on the way in, in front of it on the way out.
    out, came = interop.lab.capture.packets()
    check(all(packet.spi == interop.spis[0] for packet in came), 'not all are ESP')
    interop.check_esp(out, 'out')
    interop.check_sequence(out, 'out')
    accepted, duplicate, old = model([packet.seq for packet in came], window)
    flow = interop.gateway.flow(interop.flow)
    equal('encaps', flow['encaps'], len(out))
    equal('decaps', flow['decaps'], accepted)
    drops = interop.gateway.drops()
    drops.pop('too-big', 0)
    wanted = {'replay-duplicate': duplicate, 'replay': old}
    equal('drops', drops, {name: count for name, count in wanted.items() if count})
    equal('receive errors', flow['recv-errors'], duplicate + old)
    sas = interop.gateway.sas(interop.flow)
    equal('packets of the inbound SA', sas['in'][0]['packets'], accepted)
    sent = interop.stock.counters(interop.outer[0], interop.spis[0])[1]
    numbers = {packet.seq for packet in came}
    check(numbers <= set(range(1, sent + 1)), 'numbers that the peer did not send')
    return accepted, duplicate, old, sent - len(numbers)


def settle(interop, netem):
    """Nothing is under way and all that arrived was looked at."""
    def quiet():
        before = interop.gateway.cm.stats()
        return netem.idle() and interop.gateway.cm.stats() == before
    wait_for('the end of what is on the wire', quiet)


def datagrams(interop, transform, name, window):
    """Numbered datagrams both ways; how many arrive is up to the wire."""
    interop.key(transform, window=window)
    (near, src), (far, dst) = interop.ends()
    netem = Netem(interop.lab, WIRES[name])
    try:
        with traffic.Udp(near, src, far, dst) as there, \
             traffic.Udp(far, dst, near, src, port=5004) as back:
            for number in range(DATAGRAMS):
                there.send(number, 100)
                back.send(number, 100)
            settle(interop, netem)
            arrived = back.arrived()
            there_arrived = there.arrived()
    finally:
        netem.close()
    accepted, duplicate, old, lost = compare(interop, window)
    equal('datagrams that the host got', len(arrived), accepted)
    check(len(there_arrived) <= DATAGRAMS, 'too many at the other host')
    if name == 'every packet twice':
        equal('accepted, duplicates, lost', (accepted, duplicate, old, lost),
              (DATAGRAMS, DATAGRAMS, 0, 0))
    if window >= 4096:
        equal('refused as too old', old, 0)
        equal('arrived', accepted, DATAGRAMS - lost)


def tcp(interop, transform, name):
    """TCP completes whatever the wire does; the counters hold meanwhile."""
    interop.key(transform)
    netem = Netem(interop.lab, WIRES[name])
    try:
        interop.tcp(BYTES)
        interop.tcp(BYTES, back=True)
        settle(interop, netem)
    finally:
        netem.close()
    compare(interop, 4096)


def main():
    with ktap.Test() as test:
        subprocess.run(['modprobe', 'sch_netem'], check=True)
        interop = test.cleanup(Interop())
        interop.commit()
        for version in (4, 6):
            shape = ('tunnel', version, version)
            interop.take(shape)
            for transform in (GCM_128, CBC_SHA1):
                what = f'{shape_name(*shape)} {transform}'
                for name in WIRES:
                    for window in (64, 4096):
                        test.case(f'{what}: {name}, window {window}', datagrams, interop,
                                  transform, name, window)
            for name in WIRES:
                test.case(f'{shape_name(*shape)}: TCP, {name}', tcp, interop, GCM_128, name)


main()
