#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# takes: 30
"""Dumps over many messages while the tables change: what is there from the
beginning to the end is shown exactly once, whatever comes and goes."""

import multiprocessing
import os

import bench
import cm
import ktap
from bench import sa

# An SA takes some 300 bytes of a message, so this is dozens of messages.
SAS = 1500
FLOWS = 1500


def setup():
    bench.setup()
    bench.put_policy([dict(cm.rule('permit', f'10.{n >> 8}.{n & 255}.0/24'), index=n)
                      for n in range(FLOWS)])


def flow_ids():
    return [flow['id'] for flow in bench.client.flows()]


def install(client, ids, start, step=1):
    """One inbound SA for each of the flows."""
    for i, flow in list(enumerate(ids))[::step]:
        client.do('sa-add', sa(spi=start + i, flow=flow))


@ktap.case('a dump of flows takes many messages')
def many_flows():
    ids = flow_ids()
    ktap.equal('flows', len(ids), FLOWS)
    ktap.check(bench.client.messages >= 5, f'only {bench.client.messages} messages')
    ktap.equal('ids', ids, sorted(set(ids)))


@ktap.case('a dump of SAs takes many messages')
def many_sas():
    ids = flow_ids()[:SAS]
    install(bench.client, ids, 0x10000)
    shown = bench.client.sas()
    ktap.equal('SAs', len(shown), SAS)
    ktap.check(bench.client.messages >= 5, f'only {bench.client.messages} messages')
    ktap.equal('SPIs', sorted(one['spi'] for one in shown),
               list(range(0x10000, 0x10000 + SAS)))
    ktap.equal('stats', bench.client.stats()['sas'], SAS)


@ktap.case('filters over many messages')
def filtered():
    ids = flow_ids()
    for flow in (ids[0], ids[SAS // 2], ids[SAS - 1]):
        ktap.equal(f'flow {flow}', [one['flow'] for one in bench.client.sas(flow=flow)], [flow])
    ktap.equal('interface without', bench.client.sas(ifindex=bench.ifindex('far')), [])


def churn(ready, stop, ids):
    """Adds and deletes SAs of its own as fast as it can, in another process
    with another socket, in the same namespace."""
    with cm.Client() as client:
        ready.set()
        base = 0x200000
        while not stop.is_set():
            spis = [base + i for i in range(40)]
            for spi in spis:
                client.do('sa-add', sa(spi=spi, flow=ids[spi % len(ids)]))
            for spi in spis:
                client.sa_del('in', spi, bench.LOCAL)
            base += 40
    os._exit(0)  # pylint: disable=protected-access


def churned(act):
    """Runs act() while another process changes the SADB."""
    context = multiprocessing.get_context('fork')
    ready, stop = context.Event(), context.Event()
    other = context.Process(target=churn, args=(ready, stop, flow_ids()))
    other.start()
    try:
        ktap.check(ready.wait(60 * ktap.SLOW), 'the other process runs')
        act()
    finally:
        stop.set()
        other.join(60 * ktap.SLOW)
    ktap.equal('exit of the other process', other.exitcode, 0)


@ktap.case('SAs that stay are dumped once each while others come and go')
def changing_sas():
    seen = []

    def act():
        conn = bench.client.do('sa-get', bench.sa_key(sa(spi=0x10000)))['conn-id']
        for _ in range(10):
            # Without the client's own repetition: this one pass counts.
            shown = bench.client.request('sa-get', b'', cm.ynl.Netlink.NLM_F_DUMP)
            stay = [one['spi'] for one in shown if one['spi'] < 0x200000]
            ktap.equal('SAs that stay', sorted(stay), list(range(0x10000, 0x10000 + SAS)))
            seen.append(len(shown) - len(stay))
        ktap.equal('conn-id', bench.client.do('sa-get', bench.sa_key(sa(spi=0x10000)))['conn-id'],
                   conn)

    churned(act)
    ktap.check(any(seen), 'not one of the others was ever seen')
    ktap.equal('SAs after it', len(bench.client.sas()), SAS)


@ktap.case('flows that stay are dumped once each while commits change the others')
def changing_flows():
    client = bench.client
    stay = [dict(cm.rule('permit', f'10.{n >> 8}.{n & 255}.0/24'), index=n)
            for n in range(FLOWS)]
    ids = set(flow_ids())
    with cm.Client() as other:
        payload = client.encode('flow-get', {})
        flags = cm.ynl.Netlink.NLM_F_DUMP
        for round_ in range(6):
            # Half of a dump, a commit, the rest of it.
            dump = begin_dump(client, payload, flags)
            change = [dict(cm.rule('permit', f'172.{16 + round_}.{n}.0/24'), index=5000 + n)
                      for n in range(100)]
            other.policy([dict(bench.entry(), rules=stay + change)], [bench.binding()])
            shown = [one['id'] for one in end_dump(client, dump)]
            mine = [one for one in shown if one in ids]
            ktap.equal('flows that stay', sorted(mine), sorted(ids))
    ktap.equal('kept SAs', len(client.sas()), SAS)


def begin_dump(client, payload, flags):
    """Sends a dump request and takes the first message."""
    client.sequence += 1
    message = client.family.nlproto.message(
        flags | 1, client.operation('flow-get').req_value, 1, client.sequence) + payload
    client.sock.send((len(message) + 4).to_bytes(4, 'little') + message)
    return client.sock.recv(1 << 16)


def end_dump(client, data):
    replies = []
    while True:
        for reply in cm.ynl.NlMsgs(data):
            ktap.equal('error', reply.error, 0)
            if reply.done:
                return replies
            replies.append(client._decoded('flow-get', reply))  # pylint: disable=protected-access
        data = client.sock.recv(1 << 20)


@ktap.case('a dump that is given up in the middle leaves nothing')
def given_up():
    for _ in range(20):
        half = cm.Client()
        begin_dump(half, b'', cm.ynl.Netlink.NLM_F_DUMP)
        half.close()
    bench.client.policy()
    ktap.equal('flows', flow_ids(), [])
    ktap.equal('SAs', bench.client.sas(), [])


if __name__ == '__main__':
    ktap.main(setup, bench.cleanup)
