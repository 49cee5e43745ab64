#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tools' tables of interfaces and routes against a real kernel: the cases
# of tools/tests/test_nlroute.c.
# timeout: 600

. "$(dirname "$0")/../lib/test.sh"

tree=$(realpath "$selftests/..")
sources=(tests/test_nlroute.c ipsecd/link.c ipsecd/link_change.c ipsecd/route.c
	 lib/addr.c lib/kerr.c lib/nlsock.c lib/nlsock_error.c)
program=$tree/build/tools-asan/tests/test_nlroute

# make check has built it on the host, where that is quick.
is_current()
{
	local file

	[ -x "$program" ] || return
	for file in "$tree"/tools/{ipsecd,lib}/*.h "${sources[@]/#/$tree/tools/}"; do
		[ "$program" -nt "$file" ] || return
	done
}

build()
{
	local flags

	program=/tmp/test_nlroute
	flags=$(pkg-config --cflags --libs libnl-genl-3.0)
	# shellcheck disable=SC2086 # several words
	(cd "$tree/tools" && gcc -g -std=gnu11 -I. -I../include -I../include/uapi \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		"${sources[@]}" -lcmocka $flags -o "$program")
}

is_current || build
output=$(CMOCKA_MESSAGE_OUTPUT=TAP "$program" 2>&1)
status=$?

while IFS= read -r line; do
	case $line in
	'ok '*) ktap_pass "${line#ok * - }" ;;
	'not ok '*) ktap_fail "${line#not ok * - }" ;;
	1..*) ;;
	*) ktap_diag "$line" ;;
	esac
done <<<"$output"
[ "$status" -eq 0 ] || [ "$ktap_failed" -gt 0 ] || ktap_fail "exits with $status"
ktap_finish
