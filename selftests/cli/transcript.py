#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Plays a transcript against an ipsecd and compares what it says.

    transcript.py [--accept] SOCKET FILE

A line "$ ARGUMENTS" runs ipsecctl with them; lines "< TEXT" before it are its
standard input.  What follows is the output, both streams, and "[exit N]" if
the status was not 0.  "## " begins a comment.  With --accept the file is
written anew with what was said; read the difference before committing it.
"""

import difflib
import re
import shlex
import subprocess
import sys

# What differs from run to run.
VOLATILE = (
    (r'age: \d+ seconds, idle: \d+ seconds', 'age: N seconds, idle: N seconds'),
    (r'"(age|idle)-seconds": \d+', r'"\1-seconds": 0'),
    (r'^(  Device is \S+, address is) \S+$', r'\1 MAC'),
    (r'FE80::[0-9A-F:]*FF:FE[0-9A-F:]*', 'FE80::EUI-64'),
)


def tidy(text):
    for pattern, substitute in VOLATILE:
        text = re.sub(pattern, substitute, text, flags=re.M)
    return [line.rstrip() for line in text.splitlines()]


def run(socket, arguments, stdin):
    done = subprocess.run(['ipsecctl', '-s', socket, *shlex.split(arguments)],
                          input=''.join(stdin), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    lines = tidy(done.stdout)
    if done.returncode:
        lines.append(f'[exit {done.returncode}]')
    return lines


def play(socket, lines):
    """The transcript as it comes out now."""
    said, stdin = [], []
    for line in lines:
        if line.startswith('## ') or line == '##':
            said.append(line)
        elif line.startswith('<'):
            said.append(line)
            stdin.append(line[2:] + '\n')
        elif line.startswith('$ '):
            said.append(line)
            said.extend(run(socket, line[2:], stdin))
            stdin = []
    return said


def main():
    accept = sys.argv[1] == '--accept'
    socket, path = sys.argv[1 + accept:]
    with open(path, encoding='utf-8') as file:
        wanted = file.read().splitlines()
    said = play(socket, wanted)
    if accept:
        with open(path, 'w', encoding='utf-8') as file:
            file.write('\n'.join(said) + '\n')
        return 0
    if not any(line.startswith('$ ') for line in wanted):
        print('nothing to play')
        return 1
    diff = list(difflib.unified_diff(wanted, said, path, 'said', lineterm=''))
    print('\n'.join(diff))
    return bool(diff)


if __name__ == '__main__':
    sys.exit(main())
