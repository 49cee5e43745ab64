#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Openings of main mode from addresses of others, each from another one:

    forger.py DEVICE MAC ADDRESS COUNT PID PROGRESS

as frames from DEVICE to MAC, for ADDRESS.  Each is an offer that PID, an ipsecd,
takes.  It is never more than half of what the receive buffer holds ahead of PID:
what is lost there says nothing about ipsecd.  How many were sent so far stands in
the file PROGRESS.
"""

import socket
import struct
import sys
import time

# From 10.128.0.0 on.
FIRST_SOURCE = 0x0a800000
AHEAD = 256 * 1024
BURST = 32


def checksum(header):
    total = sum(struct.unpack(f'!{len(header) // 2}H', header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def offer():
    """SA payload: AES-128, SHA2-256, MODP 2048, pre-shared key, a day."""
    basic = ((1, 7), (14, 128), (2, 4), (4, 14), (3, 1), (11, 1))
    attributes = b''.join(struct.pack('!HH', 0x8000 | kind, value) for kind, value in basic)
    attributes += struct.pack('!HHI', 12, 4, 86400)
    transform = struct.pack('!BBHBBH', 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    proposal = struct.pack('!BBHBBBB', 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    return struct.pack('!BBHII', 0, 0, 12 + len(proposal), 1, 1) + proposal


def opening(number, body):
    return struct.pack('!QQBBBBII', number, 0, 1, 0x10, 2, 0, 0, 28 + len(body)) + body


def frame(mac, address, number, body):
    message = opening(number + 1, body)
    header = struct.pack('!BBHHHBBHI4s', 0x45, 0, 28 + len(message), 0, 0, 64, 17, 0,
                         FIRST_SOURCE + number, address)
    header = header[:10] + struct.pack('!H', checksum(header)) + header[12:]
    udp = struct.pack('!HHHH', 500, 500, 8 + len(message), 0)
    return mac + b'\x02\0\0\0\0\1\x08\0' + header + udp + message


def queued(pid):
    """Octets that wait in the socket on port 500."""
    with open(f'/proc/{pid}/net/udp', encoding='ascii') as file:
        for line in list(file)[1:]:
            fields = line.split()
            if fields[1].endswith(':01F4'):
                return int(fields[4].split(':')[1], 16)
    sys.exit('forger: nobody listens')


def main():
    device, mac, address, count, pid, progress = sys.argv[1:]
    mac, address = bytes.fromhex(mac.replace(':', '')), socket.inet_aton(address)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((device, 0))
    body = offer()
    for number in range(int(count)):
        if number % BURST == 0:
            with open(progress, 'w', encoding='ascii') as file:
                print(number, file=file)
            while queued(pid) > AHEAD:
                time.sleep(0.001)
        sock.send(frame(mac, address, number, body))
    while queued(pid):
        time.sleep(0.001)
    with open(progress, 'w', encoding='ascii') as file:
        print(count, file=file)


if __name__ == '__main__':
    main()
