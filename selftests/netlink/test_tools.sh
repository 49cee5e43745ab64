#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tools have to say to a kernel, and need one for: the cases of
# tools/tests/test_nlroute.c (interfaces and routes) and test_nlkernel.c (the
# data plane), of which the build machine can only run a few.

. "$(dirname "$0")/../lib/test.sh"

tree=$(realpath "$selftests/..")
lib=(lib/addr.c lib/kerr.c lib/nlsock.c lib/nlsock_error.c)

# make check has built it on the host, where that is quick.
is_current()
{
	local program=$1 file

	shift
	[ -x "$program" ] || return
	for file in "$tree"/tools/{ipsecd,lib}/*.h "${@/#/$tree/tools/}"; do
		[ "$program" -nt "$file" ] || return
	done
}

build()
{
	local program=$1 flags

	shift
	flags=$(pkg-config --cflags --libs libnl-genl-3.0)
	# shellcheck disable=SC2086 # several words
	(cd "$tree/tools" && gcc -g -std=gnu11 -I. -I../include -I../include/uapi \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		"$@" -lcmocka $flags -o "$program")
}

# run_program NAME SOURCE...: its cases are ours.
run_program()
{
	local name=$1 program=$tree/build/tools-asan/tests/$1 output status line failed

	shift
	if ! is_current "$program" "tests/$name.c" "$@"; then
		program=/tmp/$name
		build "$program" "tests/$name.c" "$@"
	fi
	output=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout $((250 * ${TEST_SLOW:-1})) "$program" 2>&1)
	status=$?
	failed=$ktap_failed
	while IFS= read -r line; do
		case $line in
		'ok '[0-9]*) ktap_pass "$name: ${line#ok * - }" ;;
		'not ok '[0-9]*) ktap_fail "$name: ${line#not ok * - }" ;;
		1..*) ;;
		*) ktap_diag "$line" ;;
		esac
	done <<<"$output"
	[ "$status" -eq 0 ] || [ "$ktap_failed" -gt "$failed" ] ||
		ktap_fail "$name exits with $status"
}

modprobe cryptomap
run_program test_nlroute ipsecd/link.c ipsecd/link_change.c ipsecd/route.c "${lib[@]}"
run_program test_nlkernel ipsecd/kernel_netlink.c lib/codec.c lib/codec_names.c \
	lib/codec_types.c "${lib[@]}"
ktap_finish
