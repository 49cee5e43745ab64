#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Numbered datagrams for lib/udp.py's sink, until a file appears.

    stream.py ADDRESS PORT STOP-FILE

Sends steadily, goes on for a while after STOP-FILE is there, so that the
stream covers what was done before the file was made however long that took,
then ends as udp.py does and prints how many were sent.
"""

import os
import socket
import struct
import sys
import time

END = 0xffffffff
INTERVAL = 0.01
AFTER = 50


def main():
    address, port, stop = sys.argv[1:]
    sock = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET,
                         socket.SOCK_DGRAM)
    sock.connect((address, int(port)))
    sent = 0
    left = AFTER
    while left:
        sock.send(struct.pack('!I', sent) + bytes(196))
        sent += 1
        left -= os.path.exists(stop)
        time.sleep(INTERVAL)
    sock.settimeout(0.5)
    for _ in range(60):
        try:
            sock.send(struct.pack('!I', END))
            sock.recv(65536)
        except TimeoutError:
            continue
        except ConnectionRefusedError:
            # It has had the end mark, and its answer was lost.
            pass
        print(sent)
        return 0
    print('the sink does not answer', file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())
