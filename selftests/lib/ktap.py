# SPDX-License-Identifier: GPL-2.0
"""KTAP version 1 for tests in Python, as ktap.sh is for tests in shell.

    @case('a second stage is refused')
    def second_stage():
        equal('errno', why.name, 'EBUSY')

    main(setup)

Cases run in the order of their definition; add() makes one from a function
and its arguments, for tables.  A case fails by raising, Skip(reason) skips
it.  Alone, not under selftests/run, the verdict on what the test left behind
is a last case.
"""

import ctypes
import os
import re
import subprocess
import sys
import time
import traceback

LIB = os.path.dirname(os.path.realpath(__file__))
VERDICT = os.path.join(LIB, 'verdict.sh')
CLONE_NEWNET = 0x40000000

# How much longer than on a plain kernel one may have to wait.
SLOW = int(os.environ.get('TEST_SLOW', '1'))

_cases = []


class Skip(Exception):
    """Raised in a case that cannot run here; the text says why."""


class Failure(Exception):
    """Something is not as it should be; the text says what."""


def case(name):
    def register(function):
        _cases.append((name, function, ()))
        return function
    return register


def add(name, function, *arguments):
    _cases.append((name, function, arguments))


# --- checks


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(what, got, wanted):
    if got != wanted:
        raise Failure(f'{what}: got {got!r}, wanted {wanted!r}')


def match(what, text, pattern):
    if not re.search(pattern, text):
        raise Failure(f'{what}: {text!r} does not match {pattern!r}')


def wait_for(what, condition, seconds=10):
    """Polls until condition() is true and returns its value.  The time is a
    bound on a hang, not a measure."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f'waited {seconds * SLOW} s in vain for: {what}')
        time.sleep(0.01)


# --- what tests need beside


def run(*command, text=None):
    """Runs a command, which must succeed; its output."""
    done = subprocess.run(command, input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failure(f'{" ".join(command)}: {done.stdout.strip()}')
    return done.stdout


_LIBC = ctypes.CDLL(None, use_errno=True)
_FIRST_NETNS = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


def own_netns():
    """Puts the test into a new network namespace, which goes when the test
    leaves it and has closed its sockets."""
    if _LIBC.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'unshare')
    run('ip', 'link', 'set', 'lo', 'up')


def first_netns():
    """Back to where the test was started."""
    if _LIBC.setns(_FIRST_NETNS, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')


# --- running


def _line(ok, number, name, diagnostics='', directive=''):
    for line in diagnostics.splitlines():
        print('#', line)
    print('ok' if ok else 'not ok', number, '-', name.replace('#', '') + directive, flush=True)


def _where(error):
    """The lines that led to a failure, without this file's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != __file__]
    return ' < '.join(f'{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}'
                      for frame in reversed(frames))


def _run_case(number, name, function, arguments):
    try:
        function(*arguments)
    except Skip as reason:
        _line(True, number, name, directive=f' # SKIP {reason}')
    except Failure as failure:
        _line(False, number, name, f'{failure}\n{_where(failure)}')
        return False
    except Exception:  # pylint: disable=broad-except
        _line(False, number, name, traceback.format_exc())
        return False
    else:
        _line(True, number, name)
    return True


def main(setup=None, cleanup=None):
    """Runs the cases and ends the program."""
    alone = not os.environ.get('KTAP_RUNNER')
    if 'VM_GUEST' not in os.environ:
        sys.exit(f'{sys.argv[0]}: runs in the guest only: selftests/vm/run -- {sys.argv[0]}')
    if alone:
        subprocess.run([VERDICT, 'begin', os.path.basename(sys.argv[0])], check=False)
    print('KTAP version 1', flush=True)
    cases = list(_cases)
    if setup:
        cases.insert(0, ('setup', setup, ()))
    if cleanup:
        cases.append(('cleanup', cleanup, ()))
    passed = True
    number = 0
    for number, (name, function, arguments) in enumerate(cases, 1):
        good = _run_case(number, name, function, arguments)
        passed = passed and good
        if name == 'setup' and not good:
            break
    first_netns()
    if alone:
        number += 1
        done = subprocess.run([VERDICT, 'check'], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        _line(done.returncode == 0, number, 'nothing is left behind', done.stdout)
        passed = passed and done.returncode == 0
    print(f'1..{number}', flush=True)
    sys.exit(0 if passed else 1)
