#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Stands for journald where there is none: its native protocol, to a file.

    journal.py SOCKET FILE

Each entry becomes one line of JSON; values of several lines are not expected.
"""

import json
import os
import socket
import sys


def main():
    path, out = sys.argv[1:]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        os.unlink(path)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(path)
    with open(out, 'w', encoding='utf-8') as file:
        while True:
            entry = receiver.recv(1 << 20).decode('utf-8', 'replace')
            fields = dict(line.split('=', 1) for line in entry.splitlines() if '=' in line)
            file.write(json.dumps(fields) + '\n')
            file.flush()


if __name__ == '__main__':
    main()
