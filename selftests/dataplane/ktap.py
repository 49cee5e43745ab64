# SPDX-License-Identifier: GPL-2.0
"""KTAP version 1 for tests in Python, as lib/ktap.sh is for tests in shell.

    with ktap.Test() as test:
        test.case('ESP leaves the gateway', esp_leaves, arg)

A case fails by raising; what it raises is shown as diagnostics.  Skip(reason)
skips it.  The test fails if a case did; alone (not under selftests/run) the
verdict on what is left behind is a last case.
"""

import os
import subprocess
import sys
import traceback

LIB = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'lib')


class Skip(Exception):
    """Raised in a case that cannot run here; the text says why."""


class Failure(Exception):
    """Something is not as it should be; the text says what."""


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(what, got, wanted):
    if got != wanted:
        raise Failure(f'{what}: got {got!r}, wanted {wanted!r}')


class Test:
    """The cases of one file.  Objects given to cleanup() are closed at the end."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        self.closing = []

    def __enter__(self):
        if 'VM_GUEST' not in os.environ:
            sys.exit(f'{sys.argv[0]}: runs in the guest only: '
                     f'selftests/vm/run -- {sys.argv[0]}')
        if not self.in_runner():
            self.verdict('begin', os.path.basename(sys.argv[0]))
        print('KTAP version 1', flush=True)
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and issubclass(kind, Exception):
            self.report(False, 'the test itself', traceback.format_exc())
        for thing in reversed(self.closing):
            thing.close()
        if not self.in_runner():
            verdict = self.verdict('check')
            self.report(verdict.returncode == 0, 'nothing is left behind',
                        verdict.stdout)
        print(f'1..{self.count}', flush=True)
        sys.stdout.flush()
        sys.exit(self.failed > 0)

    @staticmethod
    def in_runner():
        return bool(os.environ.get('KTAP_RUNNER'))

    @staticmethod
    def verdict(*args):
        return subprocess.run([os.path.join(LIB, 'verdict.sh'), *args], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def cleanup(self, thing):
        self.closing.append(thing)
        return thing

    def report(self, passed, name, diagnostics='', directive=''):
        self.count += 1
        self.failed += not passed
        for line in diagnostics.splitlines():
            print('#', line)
        name = name.replace('#', '')
        print('ok' if passed else 'not ok', self.count, '-', name + directive,
              flush=True)

    def case(self, name, function, *args, **kwargs):
        try:
            function(*args, **kwargs)
        except Skip as reason:
            self.report(True, name, directive=f' # SKIP {reason}')
        except Failure as failure:
            self.report(False, name, f'{failure}\n{where()}')
        except Exception:  # pylint: disable=broad-except
            self.report(False, name, traceback.format_exc())
        else:
            self.report(True, name)


def where():
    """The lines that led to the failure, without this file's."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    return ' < '.join(f'{os.path.basename(f.filename)}:{f.lineno} {f.name}'
                      for f in reversed(frames)
                      if not f.filename.endswith('ktap.py'))
