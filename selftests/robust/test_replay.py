#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# takes: 40
"""The anti-replay window at its edges (REPLAY-1 to REPLAY-8, RFC 4303 3.4.3,
RFC 4304): every packet is injected with a sequence number of our own, and ends
where the table says, in its socket or in its counter.
"""



from kit import add_case, case, check_eq, main, wait
from packets import Esp, esp_of, ip, scapy_sa
from worlds import BOTH, V4, V6, Bench, Script

WINDOWS = (64, 128, 256, 512, 1024, 2048, 4096)
TOP = 0xffffffff

bench = None


def setup():
    global bench            # pylint: disable=global-statement
    bench = Bench()


# --- is the injector itself right?

@case('injected ESP is what Scapy makes of the same keys')
def same_as_scapy():
    from scapy.layers.inet import IP    # pylint: disable=import-outside-toplevel
    from scapy.compat import raw        # pylint: disable=import-outside-toplevel
    algorithms = [('aes-gcm-16', 'none', False), ('aes-gcm-16', 'none', True),
                  ('aes-cbc', 'hmac-sha1-96', False), ('aes-cbc', 'hmac-sha2-256-128', False),
                  ('aes-cbc', 'hmac-sha2-384-192', False), ('null', 'hmac-sha2-512-256', False)]
    inner = V4.datagram(1, 100)
    for encr, auth, esn in algorithms:
        sa = Esp(0x1234, encr, auth, esn)
        scapy = scapy_sa(sa, (V4.peer, V4.gw))
        theirs = raw(scapy.encrypt(IP(inner), seq_num=7, esn=3 if esn else None))
        seq, nexthdr, payload = sa.open(esp_of(theirs), high=3 if esn else 0)
        check_eq(f'{encr} {auth}: opened', (seq & TOP, nexthdr, payload), (7, 4, inner))
        ours = ip(V4.peer, V4.gw, 50, sa.seal(3 << 32 | 7 if esn else 7, 4, inner))
        check_eq(f'{encr} {auth}: sealed',
                 raw(scapy.decrypt(IP(ours), esn=3 if esn else None)), inner)


@case('a packet that Scapy made is accepted once')
def scapy_packet():
    from scapy.layers.inet import IP    # pylint: disable=import-outside-toplevel
    from scapy.compat import raw        # pylint: disable=import-outside-toplevel
    bench.fresh()
    sa = bench.esp('aes-cbc', 'hmac-sha2-256-128')
    bench.inbound(V4, sa)
    packet = raw(scapy_sa(sa, (V4.peer, V4.gw)).encrypt(IP(V4.datagram(5)), seq_num=1))
    bench.wire.send(packet)
    bench.wire.send(packet)
    bench.expect(V4, sa, 2, [5], {'replay-duplicate': 1})


# --- the table

def edges(n, script):
    """What holds for every window; leaves the highest number at 11 n + 1."""
    script.zero()                       # never a valid number
    script.ok(1).twice(1)
    script.ok(2, 3).twice(2, 3, 1)
    top = 10 * n
    script.ok(top).twice(top)
    script.old(top - n, top - n - 1, 1, 0)
    script.ok(top - n + 1).twice(top - n + 1)
    script.ok(top - 1, top - n + 2).twice(top - 1, top - n + 2, top)
    # One step: the left edge goes out, nothing else does.
    script.ok(top + 1).old(top - n + 1).twice(top - n + 2)
    # To the last number that still keeps one old one, and one further.
    script.ok(top + n).twice(top + 1).old(top)
    script.ok(top + n + 1).old(top + 1).ok(top + 2)


def table(family, n):
    bench.fresh()
    sa = bench.esp()
    bench.inbound(family, sa, window=n)
    script = Script()
    edges(n, script)
    far = 1 << 31
    script.ok(far).twice(far).old(far - n).ok(far - n + 1, far - 1)
    script.ok(TOP).twice(TOP).old(TOP - n).ok(TOP - n + 1).twice(TOP - n + 1)
    script.ok(TOP - 1).twice(TOP - 1)
    # Without ESN there is nothing behind the last number.
    script.old(0, 1, 2, n - 1, n)
    shown = script.play(bench, family, sa)
    check_eq('highest number', shown['sequence'], TOP)
    check_eq('window', shown['replay-window'], n)


def whole_window(n):
    """Behind a jump exactly the window is open, and each place once.  The jumps
    end at, before and behind the borders of blocks of 64."""
    bench.fresh()
    sa = bench.esp()
    bench.inbound(V4, sa, window=n)
    script = Script()
    top = 4 * n
    for offset in (0, 1, 63) if n > 256 else (0, 1, 31, 32, 62, 63):
        top = (top // 64 + 2 * n // 64) * 64 + offset
        script.ok(top)
        script.ok(*range(top - 1, top - n, -1))
        script.old(*range(top - n, top - n - 66, -1))
        script.twice(*range(top - n + 1, top + 1, 1 if n <= 256 else 37))
    script.play(bench, V4, sa)


def reorder(n):
    """One packet of a stream comes so much later than its turn."""
    bench.fresh()
    sa = bench.esp()
    bench.inbound(V4, sa, window=n)
    script = Script()
    top = 0
    for distance in (1, 2, n // 2, n - 1):
        late = top + 1
        script.ok(*range(late + 1, late + distance + 1)).ok(late)
        top = late + distance
    for distance in (n, n + 1):
        late = top + 1
        script.ok(*range(late + 1, late + distance + 1)).old(late)
        top = late + distance
    script.play(bench, V4, sa)


for _n in WINDOWS:
    for _family in BOTH if _n in (64, 1024) else (V4,):
        add_case(f'window of {_n}, {_family.name}: the table', table, _family, _n)
for _n in WINDOWS:
    add_case(f'window of {_n}: open as far as it reaches, each number once', whole_window, _n)
for _n in (64, 128, 1024):
    add_case(f'window of {_n}: late by less is accepted, by {_n} is not', reorder, _n)


@case('no window: duplicates, zero and old numbers are accepted')
def off():
    bench.fresh()
    sa = bench.esp()
    bench.inbound(V4, sa, window=0)
    script = Script().ok(5, 5, 5, 0, 1, TOP, TOP, 1, 5, 0)
    shown = script.play(bench, V4, sa)
    check_eq('highest number', shown['sequence'], TOP)
    check_eq('window', shown.get('replay-window', 0), 0)


# --- what does not count

@case('a forged number moves no window')
def forged():
    bench.fresh()
    sa = bench.esp()
    bench.inbound(V4, sa)
    bench.send(V4, sa, 100, 0)
    for seq in (100000, TOP, 101):
        esp = bytearray(sa.seal(seq, V4.inner, V4.datagram(99)))
        esp[-1] ^= 1
        bench.wire.send(bench.outer(V4, bytes(esp)))
    # None of them was seen, nothing has moved.
    for number, seq in enumerate((101, 101 - 63, 99), 1):
        bench.send(V4, sa, seq, number)
    bench.send(V4, sa, 101, 9)
    shown = bench.expect(V4, sa, 8, [0, 1, 2, 3], {'integrity': 3, 'replay-duplicate': 1})
    check_eq('highest number', shown['sequence'], 101)


@case('a number is used up by a packet that is refused after authentication')
def used_up():
    bench.fresh()
    sa = bench.esp()
    bench.inbound(V4, sa)
    bench.wire.send(bench.outer(V4, sa.seal(5, 17, b'no IP header')))
    bench.send(V4, sa, 5, 1)
    bench.expect(V4, sa, 2, [], {'bad-next-header': 1, 'replay-duplicate': 1})


@case('windows of two SAs of one flow are apart')
def apart():
    bench.fresh()
    one, two = bench.esp(), bench.esp()
    bench.inbound(V4, one)
    bench.inbound(V4, two)
    bench.send(V4, one, 1000, 0)
    bench.send(V4, two, 1, 1)
    bench.send(V4, one, 1, 2)
    bench.send(V4, two, 1000, 3)
    check_eq('drops', bench.plane.settle(4), {'replay': 1})
    bench.delivered(V4, [0, 1, 3])
    check_eq('drops of the first', bench.plane.sa_drops('in', one.spi, V4.gw), {'replay': 1})
    check_eq('drops of the second', bench.plane.sa_drops('in', two.spi, V4.gw), {})


# --- 64 bits

def esn(family, n, algorithms):
    bench.fresh()
    sa = bench.esp(*algorithms, esn=True)
    bench.inbound(family, sa, window=n)
    # An old number is taken for one of the next 2^32, whose ICV is another.
    script = Script(old='integrity')
    edges(n, script)
    for high in (1, 2, 3):
        border = high << 32
        script.ok(border - 10).twice(border - 10)
        # Into the next 2^32; the window reaches back over the border.
        script.ok(border + 5).ok(border - 1, border, border + 4)
        script.twice(border - 10, border + 5, border - 1, border)
        script.ok(border + 5 - n + 1).twice(border + 5 - n + 1)
        # The window is wholly in the new one, then the old one is past.
        script.ok(border + n + 7)
        script.ok(border + 8).twice(border + 8)
        # Half of the way, so that the next border is in reach.
        script.ok(border + (1 << 31))
    shown = script.play(bench, family, sa)
    check_eq('highest number', shown['sequence'], (3 << 32) + (1 << 31))


for _n in WINDOWS:
    add_case(f'ESN, window of {_n}, AES-GCM', esn, V4, _n, ('aes-gcm-16',))
add_case('ESN, window of 64, AES-CBC and HMAC', esn, V4, 64, ('aes-cbc', 'hmac-sha2-256-128'))
add_case('ESN, window of 1024, IPv6', esn, V6, 1024, ('aes-gcm-16',))


@case('ESN: what is left of the window is taken for the next 2^32 and fails')
def esn_behind():
    # The 32 bits on the wire do not tell an old number from one far ahead; the
    # ICV does, because it covers the other half, too (RFC 4304 A2.2).
    bench.fresh()
    sa = bench.esp(esn=True)
    bench.inbound(V4, sa)
    bench.send(V4, sa, (1 << 32) - 2, 0)
    bench.send(V4, sa, (1 << 32) + 1000, 1)
    bench.send(V4, sa, (1 << 32) + 1000 - 64, 2)
    bench.send(V4, sa, (1 << 32) - 1, 3)
    bench.send(V4, sa, (2 << 32) + 1001, 4)
    bench.send(V4, sa, (1 << 32) + 1001, 5)
    bench.expect(V4, sa, 6, [0, 1, 5], {'integrity': 3})


@case('ESN, no window: the half is followed')
def esn_off():
    bench.fresh()
    sa = bench.esp(esn=True)
    bench.inbound(V4, sa, window=0)
    border = 1 << 32
    numbers = (1, 1, border - 1, border, border + 1, border - 1, border + (1 << 30),
               border + (3 << 30), 2 * border + 5, 2 * border + 5)
    shown = Script().ok(*numbers).play(bench, V4, sa)
    check_eq('highest number', shown['sequence'], 2 * border + 5)


# --- what the daemon hears

@case('replay events: the first at once, then one a second with the count')
def events():
    bench.fresh()
    sa = bench.esp()
    conn_id = bench.inbound(V4, sa, owner=b'cookie')
    listening = bench.plane.events()
    bench.send(V4, sa, 1000, 0)
    for _ in range(50):
        bench.send(V4, sa, 7, 0)
    bench.plane.settle(51)
    first = listening.await_one('replay')
    check_eq('flow', first['flow'], bench.flow[V4])
    check_eq('SPI', first['spi'], sa.spi)
    check_eq('protocol', first['proto'], 50)
    check_eq('connection', first['conn-id'], conn_id)
    check_eq('owner', first['owner'], b'cookie'.hex())
    check_eq('number', first['sequence'], 7)
    check_eq('destination', first['dst'], V4.gw)
    check_eq('source', first['src'], V4.peer)
    check_eq('left out before it', first.get('count', 0), 0)

    # Refused ones are sent until the next event comes: nothing tells when.
    sent = [50]

    def another():
        bench.send(V4, sa, 7, 0)
        sent[0] += 1
        return len(listening.of('replay')) > 1
    wait('a second event', another)
    told = listening.of('replay')
    check_eq('events', len(told), 2)
    check_eq('spoken for', sum(1 + e.get('count', 0) for e in told), sent[0])
    listening.close()


@case('counters of the SA: packets, plaintext bytes, highest number')
def counters():
    bench.fresh()
    sa = bench.esp('aes-cbc', 'hmac-sha1-96')
    bench.inbound(V4, sa)
    sizes = (8, 9, 10, 100, 1000)
    for seq, size in enumerate(sizes, 1):
        bench.wire.send(bench.outer(V4, sa.seal(seq, 4, V4.datagram(seq, size))))
    shown = bench.expect(V4, sa, len(sizes), [1, 2, 3, 4, 5], {})
    check_eq('bytes', shown['bytes'], sum(size + 28 for size in sizes))
    check_eq('highest number', shown['sequence'], 5)
    flow = bench.plane.flow(bench.flow[V4])
    check_eq('receive errors of the flow', flow.get('recv-errors', 0), 0)
    bench.send(V4, sa, 5, 0)
    bench.plane.settle(len(sizes) + 1)
    flow = bench.plane.flow(bench.flow[V4])
    check_eq('receive errors of the flow', flow['recv-errors'], 1)


if __name__ == '__main__':
    main(setup)
