# SPDX-License-Identifier: GPL-2.0
"""Implementations of algorithms, chosen by the kernel's crypto user interface."""

import socket
import struct
import subprocess

from netns import wait_for

NETLINK_CRYPTO = 21
NEWALG, DELALG, UPDATEALG = 0x10, 0x11, 0x12
PRIORITY_VAL = 1
# Above those of all processors and accelerators.
PRIORITY = 100000
AEAD = 3, 15
ANY = 0, 0
NLM_F_REQUEST, NLM_F_ACK = 1, 4


def implementations():
    """What /proc/crypto shows: a dictionary for each."""
    with open('/proc/crypto', encoding='ascii') as file:
        return [dict((part.strip() for part in line.split(':', 1))
                     for line in block.splitlines())
                for block in file.read().split('\n\n') if block.strip()]


def preferred(name):
    """The one of an algorithm's implementations that the kernel takes."""
    found = [one for one in implementations() if one['name'] == name]
    return max(found, key=lambda one: int(one['priority']))


def _request(kind, name, types, attributes=b''):
    body = struct.pack('=64s64s64sIIII', b'', name.encode(), b'', *types, 0, 0)
    body += attributes
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_CRYPTO) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack('=IHHII', 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK,
                              1, 0) + body)
        error, = struct.unpack_from('=i', sock.recv(8192), 16)
    if error:
        raise OSError(-error, f'crypto: {name}')


def drivers():
    return {one['driver'] for one in implementations()}


class Preferred:
    """From now on, whoever asks for an algorithm gets this implementation."""

    def __init__(self, name, driver, modules):
        subprocess.run(['modprobe', '-a', 'crypto_user', *modules], check=True)
        self.name, self.driver = name, driver
        before = drivers()
        _request(NEWALG, driver, AEAD)
        # What it is made of has names that are part of its own; only what answers
        # later is to go again.
        self.made = sorted((made for made in drivers() - before
                            if 'cryptd(' in made or 'pcrypt(' in made),
                           key=len, reverse=True)
        _request(UPDATEALG, driver, AEAD, struct.pack('=HHI', 8, PRIORITY_VAL, PRIORITY))
        self.idle = self.users()

    def close(self):
        """Nobody uses it any more, or is about to end to."""
        wait_for(f'the last user of {self.driver}', lambda: self.users() == self.idle)
        for driver in self.made:
            _request(DELALG, driver, ANY)

    def shown(self):
        return preferred(self.name)

    def users(self):
        return next(int(one['refcnt']) for one in implementations()
                    if one['driver'] == self.driver)
