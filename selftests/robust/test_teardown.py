#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# takes: 90
# leak-check
"""Gateways and the module go while packets of every kind flow: the kernel does
not complain, nothing stays behind, and what comes after works.

The flood runs from the first case to the last.  When something goes there are:
SAs of both directions and families in use, with timers that are due each
second, packets that wait, fragments, packets that are refused, a stage,
reserved SPIs, a listener, and dumps under way.  The cipher of every third round
is asynchronous, where the kernel has one.
"""

import os
import socket
import struct

from floods import Hosts, Site, Unload
from kit import Log, at_exit, case, check, check_eq, load_module, main, read, run, scale, wait

ROUNDS = scale('ROUNDS', 10, 20)
BOTH = scale('BOTH', 5, 5)
ALGORITHMS = (('aes-gcm-16',), ('aes-cbc', 'hmac-sha2-256-128'), ('null', 'hmac-sha1-96'))

hosts = None
log = None


# --- an asynchronous AES-GCM: whoever asks for the algorithm gets it

NETLINK_CRYPTO = 21
CRYPTO_MSG_NEWALG, CRYPTO_MSG_DELALG, CRYPTO_MSG_UPDATEALG = 0x10, 0x11, 0x12
TYPE_AEAD, TYPE_MASK = 3, 0xf
# An attribute, CRYPTOCFGA_PRIORITY_VAL: above all others.
PRIORITY = struct.pack('HHI', 8, 1, 10000)


def template():
    """What makes an algorithm asynchronous here, or None.  On 6.1 AEADs of cryptd
    change the request of their caller and fail the kernel's own test; lockdep
    takes two locks of padata, which pcrypt uses, for one, and turns itself off."""
    if not os.uname().release.startswith('6.1.'):
        return 'cryptd'
    return None if os.path.exists('/proc/lockdep') else 'pcrypt'


TEMPLATE = template()
ASYNC = f'{TEMPLATE}(rfc4106(gcm(aes)))'


def crypto_user(kind, driver, more=b''):
    """Adds or removes an instance of an algorithm; the errno."""
    body = struct.pack('64s 64s 64s IIII', b'', driver.encode(), b'', TYPE_AEAD, TYPE_MASK, 0, 0)
    body += more
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_CRYPTO) as sock:
        # NLM_F_REQUEST | NLM_F_ACK
        sock.send(struct.pack('IHHII', 16 + len(body), kind, 5, 1, 0) + body)
        return -struct.unpack_from('i', sock.recv(4096), 16)[0]


def async_gcm():
    """What /proc/crypto says of it, or {}."""
    for algorithm in read('/proc/crypto').split('\n\n'):
        pairs = [line.split(':', 1) for line in algorithm.splitlines()]
        fields = {key.strip(): value.strip() for key, value in pairs}
        if fields.get('driver', '').startswith(f'{TEMPLATE}(rfc4106'):
            return fields
    return {}


def add_async_gcm():
    # EAGAIN while its parts are being loaded and tested.
    wait(TEMPLATE, lambda: async_gcm() or not crypto_user(CRYPTO_MSG_NEWALG, ASYNC), 60)
    check_eq('its priority', crypto_user(CRYPTO_MSG_UPDATEALG, async_gcm()['driver'], PRIORITY), 0)


def remove_async_gcm():
    driver = async_gcm().get('driver')
    # An SA is freed a while after its namespace has gone.
    wait(f'end of {TEMPLATE}', lambda: not driver or not crypto_user(CRYPTO_MSG_DELALG, driver), 60)


def setup():
    global hosts, log       # pylint: disable=global-statement
    load_module()
    if TEMPLATE:
        run('modprobe', '-a', 'crypto_user', TEMPLATE)
        add_async_gcm()
        at_exit(remove_async_gcm)
    log = Log()
    hosts = Hosts()
    hosts.flood()


# --- cases

def protect(site, turn):
    algorithms = ALGORITHMS[turn % len(ALGORITHMS)]
    site.protect(*algorithms)
    if TEMPLATE and algorithms == ('aes-gcm-16',):
        # One is that it is there at all.
        check('the cipher is asynchronous', int(async_gcm()['refcnt']) > 1)


@case(f'namespaces are deleted under a flood, {ROUNDS} times')
def namespaces():
    for turn in range(ROUNDS):
        with Site(hosts) as site:
            protect(site, turn)


@case(f'the module is unloaded under a flood, {ROUNDS} times')
def module():
    with Site(hosts) as site:
        for turn in range(ROUNDS):
            protect(site, turn)
            Unload().end()
            site.let_go()
            # Nothing protects, and nothing stands in the way.
            hosts.receive('without the module')
            load_module()
            site.check_empty()


@case(f'the module is unloaded while its namespaces go, {BOTH} times')
def both():
    for turn in range(BOTH):
        with Site(hosts) as site:
            protect(site, turn)
            unload = Unload()
        unload.end()
        load_module()


@case('what comes after works, and the kernel has said nothing')
def afterwards():
    with Site(hosts) as site:
        protect(site, 0)
    hosts.stop_flood()
    Unload().end()
    remove_async_gcm()
    check_eq('messages of the kernel', log.quiet(), [])


main(setup)
