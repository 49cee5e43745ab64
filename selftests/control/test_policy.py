#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""Policies are staged and put in force as a whole; flows outlive that."""

import time

import world
from world import AF_INET6, World, cm, entry, kit
from kit import case, check, check_eq, diag

w = None


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()


def hosts(count, start=0):
    """Rules for single hosts, all different."""
    return [cm.rule(dst=f'10.{2 + (i >> 16)}.{i >> 8 & 255}.{i & 255}', index=i)
            for i in range(start, start + count)]


@case('a policy takes effect at its commit, not before')
def at_commit():
    w.client.policy()
    w.client.stage()
    one = entry()
    w.client.add(one, one.pop('rules'), [w.bind()])
    check_eq('flows before', w.client.flows(), [])
    change = w.client.commit()
    check_eq('change', (change['flows-kept'], change['flows-added'], change['flows-removed']),
             (0, 1, 0))
    flows = w.client.flows()
    check_eq('flows', len(flows), 1)
    for key, value in (('map', 'MAP'), ('seq', 10), ('ifindex', w.ifindex), ('kind', 'isakmp'),
                       ('held', 0), ('plaintext-mtu', 0), ('path-mtu', 0), ('encaps', 0)):
        check_eq(key, flows[0][key], value)
    check_eq('rule', flows[0]['rule'], {'index': 0, 'action': 'permit', 'proto': 0,
                                        'dst': '10.2.0.0', 'dst-mask': '255.255.0.0'})


@case('equal flows stay, with their SAs; removed ones take theirs along')
def kept():
    w.fresh(entry(seq=10), entry(seq=20, rules=[cm.rule(dst='10.3.0.0/16')]))
    flows = {f['seq']: f['id'] for f in w.client.flows()}
    for seq, flow in flows.items():
        w.out(flow, 0x1000 + seq)
        w.into(flow, 0x2000 + seq)
    w.send(3)
    with w.events() as events:
        change = w.client.policy([entry(seq=10, kind='manual', hold_limit=7),
                                  entry(seq=30, rules=[cm.rule(dst='10.4.0.0/16')])],
                                 [w.bind(df_bit='set')])
        check_eq('change', (change['flows-kept'], change['flows-added'],
                            change['flows-removed']), (1, 1, 1))
        for direction in ('in', 'out'):
            events.wait('sa-del', reason='policy', flow=flows[20], direction=direction)
        check_eq('nothing else', len(events.of('sa-del')), 2)
    after = {f['seq']: f for f in w.client.flows()}
    check_eq('the same flow', after[10]['id'], flows[10])
    check_eq('its kind', after[10]['kind'], 'manual')
    check_eq('its packets', after[10]['encaps'], 3)
    check('a new number', after[30]['id'] not in flows.values())
    check_eq('SAs', sorted(sa['spi'] for sa in w.client.sas()), [0x1000 + 10, 0x2000 + 10])


@case('a refused message leaves the stage as it was')
def all_or_none():
    w.client.policy()
    stage = w.client.stage()
    again = {'map': 'MAP', 'family': world.AF_INET, 'seq': 10}
    w.client.add({**again, 'kind': 'isakmp'}, [cm.rule(dst='10.2.0.0/16', index=5)])
    why = w.client.refused('policy-add', stage=stage, entry=again,
                           rule=[cm.rule(dst='10.3.0.0/16', index=6),
                                 cm.rule(dst='10.4.0.0/16', index=5)],
                           binding=[w.bind()])
    check_eq('twice the index', (why.name, why.attr), ('EEXIST', 'rule'))
    # What came before the fault in that message is free again.
    w.client.add(again, [cm.rule(dst='10.5.0.0/16', index=6)])
    fresh = {'map': 'NEW', 'family': world.AF_INET, 'seq': 1, 'kind': 'manual'}
    why = w.client.refused('policy-add', stage=stage, entry=fresh,
                           rule=[cm.rule(index=1)], binding=[w.bind(), w.bind('OTHER')])
    check_eq('twice the interface', (why.name, why.attr), ('EEXIST', 'binding'))
    w.client.add({**fresh, 'kind': 'isakmp'}, [cm.rule(index=1)])
    w.client.add(bindings=[w.bind()])
    check_eq('flows', w.client.commit()['flows-added'], 2)
    check_eq('rules', [(f['rule']['index'], f['rule']['dst']) for f in w.client.flows()],
             [(5, '10.2.0.0'), (6, '10.5.0.0')])


@case('an entry named again may repeat its attributes, not change them')
def repeated():
    peers = [cm.packed('192.0.2.2'), cm.packed('2001:db8::2')]
    first = {'map': 'MAP', 'family': world.AF_INET, 'seq': 10, 'kind': 'isakmp',
             'peer': peers, 'hold-limit': 9}
    stage = w.client.stage()
    w.client.add(first, [cm.rule(index=0)])
    w.client.add(first, [cm.rule(dst='10.9.0.0/16', index=1)])
    for key, value, attr in (('kind', 'manual', 'kind'), ('hold-limit', 10, 'hold-limit'),
                             ('peer', peers[:1], 'peer'), ('peer', peers[::-1], 'peer')):
        why = w.client.refused('policy-add', stage=stage, entry={**first, key: value})
        check_eq(key, (why.name, why.attr), ('EEXIST', f'entry.{attr}'))
    w.client.abort()


@case('rules of equal selector in an entry share a flow')
def folded():
    w.client.policy([entry(rules=[cm.rule(dst='10.2.0.0/16', index=1),
                                  cm.rule(dst='10.2.0.0/16', index=2)]),
                     entry(seq=20, rules=[cm.rule(dst='10.2.0.0/16')])], [w.bind()])
    check_eq('flows', [(f['seq'], f['rule']['index']) for f in w.client.flows()],
             [(10, 1), (20, 0)])


@case('a map without entries binds nothing; maps of both families go by one name')
def bindings():
    w.client.policy([entry(), entry(family=AF_INET6)],
                    [w.bind(), w.bind(family=AF_INET6), w.bind('NONE', ifindex=1),
                     w.bind('NONE', AF_INET6, ifindex=1)])
    flows = w.client.flows()
    check_eq('flows', sorted(f['family'] for f in flows), [world.AF_INET, AF_INET6])
    check_eq('by map', len(w.client.flows(map='MAP')), 2)
    check_eq('by interface', w.client.flows(ifindex=1), [])
    check_eq('unknown map', w.client.flows(map='MAPS'), [])


@case('first match in the order of entries, then of rules; deny goes to the next entry')
def order():
    w.client.policy([entry(seq=20, rules=[cm.rule(dst='10.2.0.0/16')]),
                     entry(seq=10, rules=[cm.rule(dst='10.2.1.0/24', index=7),
                                          cm.rule('deny', dst='10.2.2.0/24', index=3),
                                          cm.rule(dst='10.2.2.0/23', index=9)])], [w.bind()])
    flows = {(f['seq'], f['rule']['index']): f['id'] for f in w.client.flows()}
    for spi, flow in enumerate(flows.values(), 0x1000):
        w.out(flow, spi)
    for to, key in (('10.2.1.1', (10, 7)), ('10.2.2.1', (20, 0)), ('10.2.3.1', (10, 9)),
                    ('10.2.4.1', (20, 0))):
        before = w.client.flow(flows[key])['encaps']
        w.send(1, to=to)
        check_eq(to, w.client.flow(flows[key])['encaps'], before + 1)


@case('entries of one sequence number go by their second one; deny leads to the next')
def suborder():
    w.client.policy([entry(subseq=2, rules=[cm.rule(dst='10.2.0.0/16', index=1)]),
                     entry(subseq=1, rules=[cm.rule('deny', dst='10.2.2.0/24', index=1),
                                            cm.rule(dst='10.2.2.0/23', index=2)]),
                     entry(subseq=0x10000, rules=[cm.rule(dst='10.2.0.0/16', index=1)])],
                    [w.bind()])
    flows = {f['subseq']: f['id'] for f in w.client.flows()}
    check_eq('flows', sorted(flows), [1, 2, 0x10000])
    for spi, flow in enumerate(flows.values(), 0x1000):
        w.out(flow, spi)
    for to, key in (('10.2.2.1', 2), ('10.2.3.1', 1), ('10.2.4.1', 2)):
        before = w.client.flow(flows[key])['encaps']
        w.send(1, to=to)
        check_eq(to, w.client.flow(flows[key])['encaps'], before + 1)
    change = w.client.policy([entry(subseq=2), entry(subseq=3)], [w.bind()])
    check_eq('change', (change['flows-kept'], change['flows-added'], change['flows-removed']),
             (1, 1, 2))


@case('a dynamic entry: nobody is asked; held only once the peer can send')
def dynamic():
    flow = w.fresh(entry(kind='dynamic'))
    with w.events() as events:
        w.send(3)
        check_eq('dropped', w.client.flow(flow)['send-errors'], 3)
        check_eq('by name', w.client.stats()['drop']['no-sa'], 3)
        w.into(flow)
        w.send(2)
        check_eq('held', w.client.flow(flow)['held'], 2)
        w.out(flow)
        check_eq('sent', w.client.flow(flow)['encaps'], 2)
        w.client.sa_del('out', 0x1000, world.PEER)
        w.client.sa_del('in', 0x2000, world.LOCAL)
        w.send(1)
        check_eq('dropped again', w.client.flow(flow)['send-errors'], 4)
        for direction in ('out', 'in'):
            events.wait('sa-del', direction=direction)
        check_eq('acquires', events.of('acquire'), [])


@case('removing the interface of a binding does no harm')
def vanished():
    w.ns.ip('link add gone0 type dummy')
    ifindex = w.ns.ifindex('gone0')
    flow = w.fresh(bindings=[w.bind(ifindex=ifindex)])
    w.out(flow)
    w.ns.ip('link del gone0')
    check_eq('flow', w.client.flow(flow)['ifindex'], ifindex)
    check_eq('again', w.client.policy([entry()], [w.bind(ifindex=ifindex)])['flows-kept'], 1)


@case('10 000 rules: commit, same again, one more, dump in order, none')
def many():
    rules = hosts(10000)

    def put(more=()):
        w.client.stage()
        one = entry()
        one.pop('rules')
        whole = rules + list(more)
        begin = time.monotonic()
        for at in range(0, len(whole), 500):
            w.client.add(one, whole[at:at + 500])
        w.client.add(bindings=[w.bind()])
        middle = time.monotonic()
        change = w.client.commit()
        diag(f'add {middle - begin:.3f} s, commit {time.monotonic() - middle:.3f} s')
        return change['flows-kept'], change['flows-added'], change['flows-removed']

    w.client.policy()
    check_eq('new', put(), (0, 10000, 0))
    ids = [f['id'] for f in w.client.dump('flow-get')]
    check('the dump took many messages', w.client.messages > 10)
    check_eq('dump', (len(ids), ids == sorted(ids), len(set(ids))), (10000, True, 10000))
    check_eq('same', put(), (10000, 0, 0))
    check_eq('more', put(hosts(1, 10000)), (10000, 1, 0))
    check_eq('ids', [f['id'] for f in w.client.dump('flow-get')][:10000], ids)
    begin = time.monotonic()
    check_eq('none', w.client.policy()['flows-removed'], 10001)
    diag(f'clear {time.monotonic() - begin:.3f} s')


kit.main(setup)
