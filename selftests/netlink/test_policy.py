#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Staging and committing policies: who owns a stage, what a commit keeps,
what the flows show."""

import bench
import cm
import ktap
from bench import AF_INET, AF_INET6, binding, entry


def flows():
    """Flows as they can be compared: id by what the flow is."""
    return {(one['map'], one['family'], one['seq'], one['rule']['index']): one['id']
            for one in bench.client.flows()}


def subnets(*numbers):
    return [dict(cm.rule('permit', f'10.1.{n}.0/24', '10.2.0.0/16'), index=n) for n in numbers]


@ktap.case('one stage in a namespace: a second socket is refused, then not')
def one_stage():
    with cm.Client() as other:
        bench.client.stage()
        bench.refusal(other.refused('policy-stage'), 'EBUSY', '', 'staged')
        bench.client.abort()
        other.stage()
        bench.refusal(bench.client.refused('policy-stage'), 'EBUSY', '', 'staged')
        other.abort()


@ktap.case('a second stage of the same socket replaces the first')
def same_socket():
    client = bench.client
    first = client.stage()
    client.add(entry(), [bench.rule()])
    second = client.stage()
    ktap.check(first != second, 'the number is another one')
    bench.refusal(client.refused('policy-add', stage=first), 'ENOENT', '', 'staged')
    client.abort()


@ktap.case('the stage of another socket')
def foreign_stage():
    with cm.Client() as other:
        stage = bench.client.stage()
        for op in ('policy-add', 'policy-commit', 'policy-abort'):
            bench.refusal(other.refused(op, stage=stage), 'EPERM', '', 'socket')
        bench.client.abort()


@ktap.case('a stage goes with its socket')
def socket_closed():
    bench.put_policy()
    before = flows()
    other = cm.Client()
    other.stage()
    other.add(entry(seq=77), [bench.rule()])
    other.close()
    bench.client.stage()
    bench.client.abort()
    ktap.equal('flows', flows(), before)


@ktap.case('generation: counts commits, and guards against another')
def generation():
    client = bench.client
    client.stage()
    now = client.commit()['generation']
    client.stage(generation=now)
    ktap.equal('generation', client.commit()['generation'], now + 1)
    bench.refusal(client.refused('policy-stage', generation=now), 'ESTALE', 'generation', 'policy')
    # Refused, so nothing is staged.
    with cm.Client() as other:
        other.stage()
        other.abort()


@ktap.case('committing nothing removes the policy')
def empty():
    bench.put_policy(rules=[cm.rule(dst='10.2.0.0/16'), cm.rule(dst='10.3.0.0/16')])
    ktap.equal('flows', len(flows()), 2)
    change = bench.client.policy()
    ktap.equal('removed', change['flows-removed'], 2)
    ktap.equal('kept', change['flows-kept'], 0)
    ktap.equal('flows', flows(), {})


@ktap.case('a committed or aborted stage is no more')
def over():
    client = bench.client
    for end in ('policy-commit', 'policy-abort'):
        stage = client.stage()
        client.do(end, stage=stage)
        bench.refusal(client.refused('policy-add', stage=stage), 'ENOENT', '', 'staged')
        bench.refusal(client.refused(end, stage=stage), 'ENOENT', '', 'staged')


@ktap.case('equal flows keep their ids and SAs over commits, whatever moves around them')
def kept():
    client = bench.client
    bench.put_policy(subnets(1, 2, 3))
    before = flows()
    client.do('sa-add', bench.sa('out', spi=0x2000, flow=before[('vpn', AF_INET, 10, 2)]))
    # 1 goes, 4 comes; 2 and 3 get other places in the list.
    change = client.policy([dict(entry(), rules=[
        dict(one, index=30 - i) for i, one in enumerate(subnets(4, 3, 2))])], [binding()])
    after = flows()
    ktap.equal('kept, added, removed',
               [change[f'flows-{what}'] for what in ('kept', 'added', 'removed')], [2, 1, 1])
    ktap.equal('flow of 10.1.2.0', after[('vpn', AF_INET, 10, 28)],
               before[('vpn', AF_INET, 10, 2)])
    ktap.equal('flow of 10.1.3.0', after[('vpn', AF_INET, 10, 29)],
               before[('vpn', AF_INET, 10, 3)])
    ktap.check(after[('vpn', AF_INET, 10, 30)] not in before.values(), 'a new flow has a new id')
    ktap.equal('SAs', [one['flow'] for one in client.sas()], [before[('vpn', AF_INET, 10, 2)]])
    client.policy()
    ktap.equal('SAs without policy', client.sas(), [])


@ktap.case('seq, map and interface make another flow')
def different():
    client = bench.client
    first = bench.put_policy(subnets(1))
    ids = set(first)
    for more in ({'seq': 11}, {'map': 'other'}):
        client.policy([dict(entry(**more), rules=subnets(1))],
                      [binding(map=more.get('map', bench.MAP))])
        now = [flow['id'] for flow in client.flows()]
        ktap.check(len(now) == 1 and not ids & set(now), f'{more}: ids {now}, before {ids}')
        ids |= set(now)
    client.policy([dict(entry(), rules=subnets(1))], [binding(ifindex=bench.ifindex('far'))])
    now = [flow['id'] for flow in client.flows()]
    ktap.check(len(now) == 1 and not ids & set(now), f'interface: ids {now}, before {ids}')


@ktap.case('deny and unbound maps make no flows; a map on two interfaces makes two')
def which_flows():
    client = bench.client
    entries = [
        dict(entry(), rules=[cm.rule('deny', '10.1.9.0/24'), cm.rule('permit', '10.1.0.0/16')]),
        dict(entry(map='unused'), rules=subnets(1, 2)),
    ]
    client.policy(entries, [binding(), binding(ifindex=bench.ifindex('far'))])
    shown = client.flows()
    ktap.equal('maps', [flow['map'] for flow in shown], ['vpn', 'vpn'])
    ktap.equal('interfaces', {flow['ifindex'] for flow in shown},
               {bench.ifindex(), bench.ifindex('far')})
    ktap.equal('action', {flow['rule']['action'] for flow in shown}, {'permit'})
    ktap.equal('of one interface', len(client.flows(ifindex=bench.ifindex())), 1)
    ktap.equal('of the map', len(client.flows(map='vpn')), 2)
    ktap.equal('of an unbound map', client.flows(map='unused'), [])
    ktap.equal('of an interface that is not', client.flows(ifindex=4711), [])


@ktap.case('rules are shown as they were given')
def shown_rules():
    wanted = [
        cm.rule('permit', '10.1.0.0 0.0.255.0', 'any', 'tcp', sport=(1, 1023), dport=80),
        cm.rule('permit', 'any', '10.2.0.0/16', 'udp', dport=(0, 0)),
        cm.rule('permit', '192.0.2.7', '192.0.2.8', 47),
        cm.rule('permit', 'any', 'any'),
    ]
    bench.put_policy(wanted)
    for i, (flow, rule) in enumerate(zip(bench.client.flows(), wanted)):
        ktap.equal(f'rule {i}', flow['rule'], cm.shown(dict(rule, index=i)))


@ktap.case('a flow shows what it belongs to')
def shown_flow():
    flow, = bench.put_policy(kind='manual')
    got = bench.client.flow(flow)
    for name, wanted in (('id', flow), ('ifindex', bench.ifindex()), ('map', 'vpn'),
                         ('family', AF_INET), ('seq', 10), ('kind', 'manual'), ('held', 0),
                         ('plaintext-mtu', 0), ('path-mtu', 0), ('encaps', 0), ('decaps', 0),
                         ('send-errors', 0), ('recv-errors', 0)):
        ktap.equal(name, got.get(name), wanted)
    bench.client.do('sa-add', bench.sa('out', flow=flow))
    got = bench.client.flow(flow)
    ktap.equal('path-mtu', got['path-mtu'], 1500)
    # 20 outer header, 8 ESP, 16 IV, 12 ICV; blocks of 16 with 2 bytes of trailer.
    ktap.equal('plaintext-mtu', got['plaintext-mtu'], (1500 - 56) // 16 * 16 - 2)


@ktap.case('IPv4 and IPv6 maps of one name live side by side')
def both_families():
    client = bench.client
    client.policy(
        [dict(entry(), rules=subnets(1)),
         dict(entry(family=AF_INET6, peer=[bench.PEER6]),
              rules=[cm.rule('permit', '2001:db8:1::/48', '2001:db8:2::/48')])],
        [binding(), binding(family=AF_INET6, local=bench.LOCAL6)])
    ktap.equal('flows', sorted(key[:3] for key in flows()),
               [('vpn', AF_INET, 10), ('vpn', AF_INET6, 10)])
    six = [flow for flow in client.flows() if flow['family'] == AF_INET6][0]
    ktap.equal('src', six['rule']['src'], '2001:db8:1::')
    ktap.equal('src-mask', six['rule']['src-mask'], 'ffff:ffff:ffff::')


@ktap.case('3000 rules over many messages')
def many_rules():
    client = bench.client
    rules = [dict(cm.rule('permit', f'10.{i >> 8}.{i & 255}.0/24', '172.16.0.0/12'), index=i)
             for i in range(3000)]
    client.stage()
    for start in range(0, len(rules), 70):
        # The first says all, the others only which entry it is.
        one = entry() if not start else entry(kind=None, peer=None)
        client.add(one, rules[start:start + 70])
    client.add(bindings=[binding()])
    ktap.equal('added', client.commit()['flows-added'], 3000)
    shown = client.flows()
    ktap.equal('flows', [flow['rule']['index'] for flow in shown], list(range(3000)))
    ktap.equal('order of the ids', [flow['id'] for flow in shown],
               sorted(flow['id'] for flow in shown))
    ktap.equal('stats', client.stats()['flows'], 3000)


@ktap.case('a policy for an interface that is not there yet')
def future_interface():
    client = bench.client
    client.policy([dict(entry(), rules=subnets(1))], [binding(ifindex=424242)])
    ktap.equal('flows', [flow['ifindex'] for flow in client.flows()], [424242])


@ktap.case('namespaces have policies of their own')
def namespaces():
    bench.put_policy()
    ktap.run('ip', 'netns', 'add', 'elsewhere')
    try:
        shown = ktap.run('ip', 'netns', 'exec', 'elsewhere',
                         f'{ktap.LIB}/cmctl', 'flows')
        ktap.equal('flows elsewhere', shown.strip(), '[]')
        ktap.run(f'{ktap.LIB}/cmctl', '-n', 'elsewhere', 'policy', '{}')
    finally:
        ktap.run('ip', 'netns', 'del', 'elsewhere')
    ktap.equal('flows here', len(flows()), 1)


if __name__ == '__main__':
    ktap.main(bench.setup, bench.cleanup)
