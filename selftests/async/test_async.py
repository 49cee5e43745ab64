#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# takes: 150
"""Asynchronous crypto, as accelerators have it: the kernel is made to prefer an
implementation that answers later, of cryptd or pcrypt, for the SAs' algorithm.

That it answers later is seen: as long as no work is done in the background, no
packet gets any further. SAs, namespaces and the module go in the meantime; a
queue that is full costs packets by name. Else traffic, counters and order are
as with a synchronous implementation.

Two processors: what is sent on the second one waits there. All other packets
are sent and finished on the first one, so that they have an order.
"""

import collections
import contextlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                '..', 'dataplane'))

# pylint: disable=wrong-import-position
import cryptouser
import ktap
import traffic
import transforms
from held import held, setting
from interop import Interop, shape_name
from ktap import check, equal
from netns import wait_for
from sender import ACK, Sender, super_packet
from transforms import CBC_SHA1, GCM_128
from wire import Capture

FIRST, SECOND = 0, 1

CBC_SHA1_ESN = transforms.find('aes-cbc', 128, 'hmac-sha1-96', esn=True)
NAMES = {
    GCM_128: 'rfc4106(gcm(aes))',
    CBC_SHA1: 'authenc(hmac(sha1),cbc(aes))',
    CBC_SHA1_ESN: 'authencesn(hmac(sha1),cbc(aes))',
}

Choice = collections.namedtuple('Choice', 'what transform driver')
# What is below answers at once, and is there on every machine.
GCM_LATER = Choice('cryptd below GCM', GCM_128,
                   'rfc4106(gcm_base(cryptd(ctr(aes-generic)),ghash-generic))')
CBC_LATER = Choice('cryptd below authenc', CBC_SHA1,
                   'authenc(hmac(sha1-generic),cryptd(cbc(aes-generic)))')
QUEUED = [
    GCM_LATER,
    CBC_LATER,
    Choice('cryptd twice below authenc', CBC_SHA1,
           'authenc(cryptd(hmac(sha1-generic)),cryptd(cbc(aes-generic)))'),
    Choice('cryptd below authencesn', CBC_SHA1_ESN,
           'authencesn(hmac(sha1-generic),cryptd(cbc(aes-generic)))'),
]
# On 6.1 it leaves the caller's request changed, and the kernel's own test fails.
WHOLE = [
    Choice('cryptd', GCM_128,
           'cryptd(rfc4106(gcm_base(ctr(aes-generic),ghash-generic)))'),
    Choice('cryptd', CBC_SHA1, 'cryptd(authenc(hmac(sha1-generic),cbc(aes-generic)))'),
]
# Lockdep of 6.1 takes two locks of it for one, and turns itself off.
PARALLEL = [
    Choice('pcrypt', GCM_128,
           'pcrypt(rfc4106(gcm_base(ctr(aes-generic),ghash-generic)))'),
    Choice('pcrypt', CBC_SHA1, 'pcrypt(authenc(hmac(sha1-generic),cbc(aes-generic)))'),
]
MODULES = ['cryptd', 'pcrypt', 'aes_generic', 'sha1_generic', 'ghash_generic', 'ctr', 'cbc',
           'gcm', 'authenc', 'authencesn']

SHAPES = [('tunnel', 4, 4), ('tunnel', 4, 6), ('tunnel', 6, 6), ('transport', 4, 4),
          ('transport', 6, 6)]
SIZES = list(range(4, 40)) + [1200]
BYTES = 1 << 20
# A burst that is held, and the room in cryptd's queue of one processor.
# How often a case is tried until its packets wait.
TRIES = 5
BURST, SEGMENT, ROOM = 40, 1000, 1000


OLD = os.uname().release.startswith('6.1.')


def queued():
    """Those that can be held back."""
    return QUEUED if OLD else QUEUED + WHOLE


def choices():
    lockdep = os.path.exists('/proc/lockdep')
    return queued() + ([] if OLD and lockdep else PARALLEL)


@contextlib.contextmanager
def finished_on(cpu):
    """The processor on which pcrypt hands over what it has done, in order."""
    with contextlib.ExitStack() as stack:
        for way in ('pencrypt', 'pdecrypt'):
            stack.enter_context(setting(f'/sys/kernel/pcrypt/{way}/serial_cpumask',
                                        f'{1 << cpu:x}'))
        yield


@contextlib.contextmanager
def prefer(interop, choice, shape):
    """SAs of our gateway that use it; the peer's do not.

    Nothing uses it any more afterwards; SAs of a gateway that has gone have gone, too.
    """
    interop.take(shape)
    interop.key(choice.transform)
    interop.gateway.flush()
    preferred = cryptouser.Preferred(NAMES[choice.transform], choice.driver, MODULES)
    try:
        with finished_on(FIRST):
            interop.renew()
            shown = preferred.shown()
            equal('driver', shown['driver'], choice.driver)
            equal('asynchronous', shown['async'], 'yes')
            equal('users of it', preferred.users() - preferred.idle, 2)
            yield preferred
    finally:
        if interop.gateway:
            interop.gateway.flush()
        preferred.close()


# --- as with a synchronous implementation

def in_order(interop, counts=None):
    """Only ESP, each number once and in order; returns how many (out, in)."""
    ways = interop.lab.capture.packets()
    for way, packets in zip(('out', 'in'), ways):
        interop.check_esp(packets, way)
        equal(f'{way}: order on the wire', [packet.seq for packet in packets],
              list(range(1, len(packets) + 1)))
    found = [len(packets) for packets in ways]
    if counts:
        equal('packets on the wire', found, counts)
    return found


def carries(interop, choice, shape):
    with prefer(interop, choice, shape):
        (near, src), (far, dst) = interop.ends()
        traffic.ping(near, src, dst, 3)
        traffic.ping(far, dst, src, 3)
        with traffic.Udp(near, src, far, dst) as udp:
            udp.echo(SIZES)
        counts = [6 + len(SIZES)] * 2
        interop.check_sas(counts)
        in_order(interop, counts)


def bulk(interop, choice, shape):
    """TCP both ways, GSO packets segmented."""
    with prefer(interop, choice, shape):
        interop.tcp(BYTES)
        interop.tcp(BYTES, back=True)
        interop.check_sas(in_order(interop), refused=None)


def forged(interop, choice, shape):
    """The integrity check fails, later as well."""
    with prefer(interop, choice, shape):
        interop.keys = choice.transform.keys(), interop.keys[1]
        interop.renew()
        (near, src), (far, dst) = interop.ends()
        with traffic.Udp(far, dst, near, src) as udp:
            for number in range(5):
                udp.send(number, 100)
            wait_for('all packets', lambda: sum(interop.gateway.drops().values()) == 5)
            equal('drops', interop.gateway.drops(), {'integrity': 5})
            equal('errors of the flow',
                  interop.gateway.flow(interop.flow)['recv-errors'], 5)
            equal('arrived', udp.arrived(), {})


# --- while requests are under way

@contextlib.contextmanager
def muted(interop):
    """Hosts that do not answer what they get; all know their neighbours."""
    (near, src), (_, dst) = interop.ends()
    traffic.ping(near, src, dst, 1)
    for host in (interop.lab.h1, interop.lab.h2):
        host.nft('table inet mute { chain in { type filter hook input priority 0;'
                 ' meta l4proto tcp drop; }; }')
    interop.lab.capture.frames()
    interop.gateway.clear_counters()
    try:
        yield
    finally:
        for host in (interop.lab.h1, interop.lab.h2):
            host.nft('delete table inet mute')


@contextlib.contextmanager
def under_way(interop, way, count=BURST, segment=SEGMENT, repeat=1):
    """Super-packets from a host, to be cut into many by a gateway; ours has given
    all of them to its cipher, which has not begun."""
    lab, inner = interop.lab, interop.shape[2]
    ends = interop.ends()
    (_, src), (_, dst) = ends if way == 'out' else ends[::-1]
    host, router = (lab.h1, lab.r1) if way == 'out' else (lab.h2, lab.r2)
    sender = Sender(host, 'lan', (router, 'lan'), inner)
    packet = super_packet(src, dst, 1, bytes(count * segment), ACK)

    def send():
        for _ in range(repeat):
            sender.send(packet, segment)

    try:
        with held(SECOND, send, sender.sock.fileno()):
            yield
    finally:
        sender.close()


def counter(way):
    return {'out': 'encaps', 'in': 'decaps'}[way]


class NotHeld(ktap.Failure):
    """The cipher has gone on: the kernel gave its worker another processor, or a
    new one. Such a case says nothing yet."""


def again(function, *args):
    """Tries a case until its packets are held; a cipher that is not asynchronous
    never gets there."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(NotHeld):
            return function(*args)
    return function(*args)


def check_held(interop, way):
    """Nothing has come out of the cipher."""
    done = interop.gateway.cm.stats()[counter(way)]
    if done:
        raise NotHeld(f'{counter(way)}: {done} while all were to wait')


def check_waiting(interop, way):
    """Nothing has come out of the cipher; what it is to decrypt has come."""
    check_held(interop, way)
    out, came = interop.lab.capture.packets()
    equal('packets sent', len(out), 0)
    equal('packets that came', len(came), 0 if way == 'out' else BURST)


def check_finished(interop, way, behind):
    """All of them have gone on after all: to the wire, or to the host."""
    if way == 'out':
        found = []
        wait_for('all packets on the wire', lambda: found.extend(
            interop.lab.capture.packets()[0]) or len(found) >= BURST)
        interop.check_esp(found, 'out')
        equal('order on the wire', [packet.seq for packet in found],
              list(range(2, 2 + BURST)))
    else:
        upto = [1]

        def complete():
            for packet in behind.packets()[0]:
                number = int.from_bytes(packet.payload[4:8], 'big')
                equal('order at the host', number, upto[0])
                upto[0] += packet.length - {4: 40, 6: 60}[packet.version]
            return upto[0] > BURST * SEGMENT
        wait_for('all packets at the host', complete)
        equal('bytes at the host', upto[0] - 1, BURST * SEGMENT)


def waits(interop, choice, shape, way):
    """What makes it asynchronous: packets wait, and come in order."""
    with prefer(interop, choice, shape), muted(interop), \
         contextlib.closing(Capture(interop.lab.h1, 'lan')) as behind:
        with under_way(interop, way):
            check_waiting(interop, way)
        check_finished(interop, way, behind)
        interop.gateway.no_drops()
        equal('packets of the SA', interop.gateway.sas(interop.flow)[way][0]['packets'],
              BURST)


def sa_deleted(interop, choice, shape, way):
    """The packets of an SA that has gone meanwhile are finished and counted."""
    with prefer(interop, choice, shape) as preferred, muted(interop), \
         contextlib.closing(Capture(interop.lab.h1, 'lan')) as behind:
        with under_way(interop, way):
            equal('SAs deleted', interop.gateway.flush(flow=interop.flow), 2)
            equal('SAs', interop.gateway.sas(interop.flow), {'in': [], 'out': []})
            # The one with requests; the other one is free at any time.
            check(preferred.users() > preferred.idle, 'its cipher is gone')
            check_waiting(interop, way)
        check_finished(interop, way, behind)
        wait_for('all packets',
                 lambda: interop.gateway.cm.stats()[counter(way)] == BURST)
        interop.gateway.no_drops()


def queue_full(interop, choice, shape, way):
    """More packets than the queue takes: the rest is counted, none is lost."""
    reason, errors = {'out': ('encrypt-failed', 'send-errors'),
                      'in': ('decrypt-failed', 'recv-errors')}[way]
    with prefer(interop, choice, shape), muted(interop):
        # Two super-packets with as many segments each as there is room.
        with under_way(interop, way, ROOM, 50, 2):
            check_held(interop, way)
            equal('drops', interop.gateway.drops(), {reason: ROOM})
        wait_for('all packets',
                 lambda: interop.gateway.cm.stats()[counter(way)] == ROOM)
        equal('drops', interop.gateway.drops(), {reason: ROOM})
        flow = interop.gateway.flow(interop.flow)
        equal('packets and errors of the flow', (flow[counter(way)], flow[errors]),
              (ROOM, ROOM))
        (near, src), (_, dst) = interop.ends()
        traffic.ping(near, src, dst, 1)


# --- the gateway goes

def gateway_gone(choice, shape, way, remove):
    """remove: with interop, way and what captures at the host; a context in which
    the gateway is about to go, and behind which it has gone"""
    interop = Interop()
    try:
        interop.commit()
        # It goes only when packets wait: until then this topology serves.
        again(goes, interop, choice, shape, way, remove)
    finally:
        if interop.gateway:
            interop.gateway.close()
        interop.lab.close()


def goes(interop, choice, shape, way, remove):
    # pylint: disable=too-many-arguments
    with prefer(interop, choice, shape) as preferred, \
         muted(interop), \
         contextlib.closing(Capture(interop.lab.h1, 'lan')) as behind, \
         remove(interop, way, behind) as gone:
        with under_way(interop, way):
            check_waiting(interop, way)
            interop.gateway.close()
            interop.gateway = None
            gone()
            check(preferred.users() > preferred.idle, 'its cipher is gone')
        wait_for('the last SA', lambda: preferred.users() == preferred.idle)


def has_device(netns, device):
    with contextlib.suppress(KeyError):
        netns.device(device)
        return True
    return False


@contextlib.contextmanager
def namespace(interop, _, __):
    lab = interop.lab

    def gone():
        lab.all.remove(lab.r1)
        lab.r1.close()
        # The other end of its device goes with it.
        wait_for('the end of the device', lambda: not has_device(lab.wire, 'r1'))
    yield gone


@contextlib.contextmanager
def module(interop, way, behind):
    process = []

    def gone():
        # pylint: disable=consider-using-with
        process.append(subprocess.Popen(['rmmod', 'cryptomap'], stderr=subprocess.PIPE,
                                        text=True))
        wait_for('the end of the hooks', lambda: not loaded() or going())
        equal('rmmod waits', process[0].poll(), None)
    yield gone
    check_finished(interop, way, behind)
    _, errors = process[0].communicate()
    equal('rmmod', (process[0].returncode, errors), (0, ''))
    check(not loaded(), 'the module is loaded')


def loaded():
    return os.path.exists('/sys/module/cryptomap')


def going():
    with open('/sys/module/cryptomap/initstate', encoding='ascii') as file:
        return file.read().strip() == 'going'


def ordinary(test, interop):
    for choice in choices():
        thorough = choice is GCM_LATER
        for shape in SHAPES if thorough else SHAPES[:1]:
            test.case(f'{choice.what}, {shape_name(*shape)} {choice.transform}', carries,
                      interop, choice, shape)
        for shape in SHAPES[1:3] if thorough else SHAPES[:1]:
            test.case(f'{choice.what}, {shape_name(*shape)} {choice.transform}: TCP', bulk,
                      interop, choice, shape)
        test.case(f'{choice.what}, {choice.transform}: forged packets', forged, interop,
                  choice, SHAPES[0])


def held_back(test, interop):
    for choice in queued():
        for shape in (SHAPES[0], SHAPES[2]) if choice is GCM_LATER else SHAPES[:1]:
            for way in ('out', 'in'):
                what = f'{choice.what}, {shape_name(*shape)} {choice.transform} {way}'
                test.case(f'{what}: packets wait', again, waits, interop, choice, shape, way)
                test.case(f'{what}: the SA is deleted', again, sa_deleted, interop, choice,
                          shape, way)
                test.case(f'{what}: a full queue', again, queue_full, interop, choice,
                          shape, way)


def main():
    with ktap.Test() as test, setting('/proc/sys/kernel/timer_migration', '0'):
        if os.sched_getaffinity(0) != {FIRST, SECOND}:
            raise ktap.Failure('needs two processors')
        subprocess.run(['modprobe', '-a', 'crypto_user', *MODULES], check=True)
        with contextlib.closing(Interop()) as interop:
            interop.commit()
            held_back(test, interop)
            ordinary(test, interop)
        for choice in (GCM_LATER, CBC_LATER):
            for way in ('out', 'in'):
                for name, remove in (('namespace', namespace), ('module', module)):
                    test.case(f'{choice.what}, {choice.transform} {way}: the {name} goes',
                              gateway_gone, choice, SHAPES[0], way, remove)


main()
