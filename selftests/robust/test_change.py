#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# takes: 30
"""Changes while packets flow: other entries come, change and go, and SAs are
replaced, and not one packet of a numbered stream is lost, doubled or late.
"""

import random

from kit import Log, add_case, case, check, check_eq, main, scale, settle, wait
from plane import ace, entry
from worlds import Pair, Stream

COMMITS = scale('COMMITS', 100, 20)
REKEYS = scale('REKEYS', 50, 10)

pair = None
log = None
rng = random.Random(5)


def setup():
    global pair, log        # pylint: disable=global-statement
    pair = Pair()
    log = Log()


def fresh():
    for side, other in pair.sides():
        side.plane.clear_policy()
        pair.policy(side, other)
        side.plane.stats_clear()


def other_rules():
    """Rules for networks of nobody, or of the stream but another protocol."""
    def network():
        return f'10.{rng.randrange(3, 9)}.{rng.randrange(4)}.0/24'
    rules = [ace(network(), network(), rng.choice(('permit', 'deny')))
             for _ in range(rng.randrange(1, 5))]
    rules.append(ace('any', 'any', proto=rng.choice((6, 1, 47))))
    return rules


def variations():
    """Policies around the entry that matters."""
    def of(seq):
        return entry('vpn', seq, other_rules(), kind=rng.choice(('isakmp', 'manual')),
                     peers=[f'192.0.2.{rng.randrange(3, 99)}'])
    one = [of(5)]
    two = [of(20)]
    yield 'added before', {'before': one}
    yield 'changed', {'before': [of(5)]}
    yield 'another one added behind', {'before': one, 'more': two}
    yield 'its peer changed', {'before': one, 'more': [of(20)]}
    yield 'many more', {'before': [of(n) for n in range(1, 9)], 'more': [of(n) for n in
                                                                         range(11, 19)]}
    yield 'the first removed', {'more': two}
    yield 'hold limit of the stream\'s own entry', {'more': two, 'hold_limit': 7}
    yield 'all others removed', {}


def snapshot(side):
    return {(sa['direction'], sa['spi']): sa for sa in side.plane.sas()}


def unharmed(side, flow, before):
    """The stream's flow and SAs are the same ones; their counters only grow."""
    check_eq('flow', side.flow, flow)
    now = snapshot(side)
    check_eq('SAs', set(now), set(before))
    for key, sa in now.items():
        check_eq(f'connection of {key}', sa['conn-id'], before[key]['conn-id'])
        check_eq(f'state of {key}', sa['state'], 'mature')
        for what in ('packets', 'bytes', 'sequence'):
            check(f'{what} of {key} only grow: {before[key][what]}, {sa[what]}',
                  sa[what] >= before[key][what])
    return now


@case(f'{COMMITS} commits of other entries on both gateways: the stream is whole')
def commits():
    fresh()
    made = pair.sas()
    flows = {side: side.flow for side, _ in pair.sides()}
    kept = {side: snapshot(side) for side, _ in pair.sides()}
    done = 0
    with Stream(pair.one, pair.two, cpu=0) as there, \
            Stream(pair.two, pair.one, cpu=1) as back:
        there.progress()
        back.progress()
        while done < COMMITS:
            for what, changed in variations():
                for side, other in pair.sides():
                    reply = pair.policy(side, other, **changed)
                    check(f'{what}: the flow is kept: {reply}', reply['flows-kept'] >= 1)
                    kept[side] = unharmed(side, flows[side], kept[side])
                there.progress(1)
                done += 1
        sent = [there.whole('there'), back.whole('back')]
    check_eq('drops', pair.drops(), [{}, {}])
    for (side, other), count in zip(pair.sides(), sent):
        sa = made[(side, other)]
        check_eq('packets sent', side.plane.sa('out', sa.spi, other.wan)['packets'], count)
        check_eq('packets received', other.plane.sa('in', sa.spi, other.wan)['packets'], count)
        check_eq('encaps of the flow', side.plane.flow(side.flow)['encaps'], count)
        check_eq('decaps of the flow', other.plane.flow(other.flow)['decaps'], count)


@case('an aborted and a refused policy change nothing')
def aborted():
    fresh()
    pair.sas()
    kept = snapshot(pair.one)
    with Stream(pair.one, pair.two) as there:
        there.progress()
        for _ in range(10):
            plane = pair.one.plane
            plane.stage()
            plane.add({'map': 'vpn', 'family': 2, 'seq': 10, 'kind': 'manual'},
                      [ace('any', 'any', 'deny')])
            plane.abort()
            plane.stage()
            plane.refused('policy-add', {'stage': plane.stage_id, 'entry': {
                'map': 'vpn', 'family': 2, 'seq': 0, 'kind': 'manual'}})
            plane.abort()
            kept = unharmed(pair.one, pair.one.flow, kept)
        there.whole()
    check_eq('drops', pair.drops(), [{}, {}])


def rekey(old):
    """Make before break: inbound ones on both ends, then outbound ones, then the
    old ones go, the outbound one of the sender first."""
    new = pair.sas()
    for (side, other), sa in new.items():
        wait('packets on the new SA', lambda o=other, s=sa:
             o.plane.sa('in', s.spi, o.wan)['packets'] > 0, 30)
    for (side, other), sa in old.items():
        check_eq('state of the old one', side.plane.sa('out', sa.spi, other.wan)['state'],
                 'dying')
        # What was sent on it is under way for a moment.
        settle('old SA: received what was sent', 0, lambda si=side, o=other, s=sa:
               si.plane.sa('out', s.spi, o.wan)['packets'] -
               o.plane.sa('in', s.spi, o.wan)['packets'])
        side.plane.sa_del('out', sa.spi, other.wan)
        other.plane.sa_del('in', sa.spi, other.wan)
    return new


def rekeys(algorithms, rate):
    fresh()
    sas = pair.sas(*algorithms)
    with Stream(pair.one, pair.two, rate, cpu=0) as there, \
            Stream(pair.two, pair.one, rate, cpu=1) as back, \
            Stream(pair.one, pair.two, rate, port=7001, cpu=1) as beside:
        there.progress()
        for _ in range(REKEYS):
            sas = rekey(sas)
        count = there.whole('there') + beside.whole('beside')
        back_count = back.whole('back')
    check_eq('drops', pair.drops(), [{}, {}])
    check_eq('sent by the first', pair.one.plane.flow(pair.one.flow)['encaps'], count)
    check_eq('received by the first', pair.one.plane.flow(pair.one.flow)['decaps'], back_count)


add_case(f'{REKEYS} rekeys under three streams: none lost', rekeys, ('aes-gcm-16',), 500)
add_case(f'{REKEYS} rekeys under a flood: none lost', rekeys,
         ('aes-cbc', 'hmac-sha2-256-128'), 100000)


@case('the old SA is deleted as soon as the new one is there: none lost')
def rekey_abrupt():
    # The sender needs no wait; only the receiver keeps the old one for a while.
    fresh()
    sas = pair.sas()
    side, other = pair.one, pair.two
    with Stream(side, other, 100000, cpu=1) as there:
        there.progress()
        for _ in range(REKEYS):
            old = sas[(side, other)]
            sa = pair.esp()
            other.plane.sa_install('in', sa, other.flow, side.wan, other.wan,
                                   **{'replay-window': 1024})
            side.plane.sa_install('out', sa, side.flow, side.wan, other.wan)
            side.plane.sa_del('out', old.spi, other.wan)
            there.progress(1)
            if len(other.plane.sas(flow=other.flow)) > 4:
                for stale in other.plane.sas(flow=other.flow):
                    if stale['direction'] == 'in' and stale['spi'] < old.spi:
                        other.plane.sa_del('in', stale['spi'], other.wan)
            sas[(side, other)] = sa
        there.whole()
    check_eq('drops', pair.drops(), [{}, {}])


@case('statistics are cleared under traffic: limits and windows go on')
def cleared():
    fresh()
    made = pair.sas()
    sa = made[(pair.one, pair.two)]
    pair.one.plane.sa_update('out', sa.spi, pair.two.wan, **{'hard-packets': 3000})
    with pair.one.plane.events() as events, Stream(pair.one, pair.two, 2000) as there:
        while not events.of('expire'):
            for side, _ in pair.sides():
                side.plane.stats_clear()
        events.await_one('sa-del', reason='expired')
        sent = there.end()
        settle('received', 3000, there.read)
    settle('held or dropped', sent - 3000, lambda: pair.one.plane.stats()['held'] +
           sum(pair.one.plane.drops().values()))


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
