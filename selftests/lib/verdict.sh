#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Says whether a test left something behind.
#
#	verdict.sh begin NAME	remember what there is before the test
#	verdict.sh check	what is wrong now, one line each; unloads the module
#
# Looked at: network namespaces, processes, devices in the first namespace, the
# module (must unload), its slab caches, the kernel's log since begin, and on
# debug kernels kmemleak and that lockdep is still on.  Exit status of check: 0
# nothing found, 1 something.

set -uo pipefail

lib=$(dirname "$(realpath "$0")")
state=/run/verdict
kmemleak=/sys/kernel/debug/kmemleak
found=0

complain()
{
	echo "$*"
	found=1
}

# Processes with an address space: kernel threads come and go as they like.
# Into a file, as a pipeline would find its own parts.
processes()
{
	ps -e -o pid=,ppid=,rss=,comm= >"$state/ps"
	awk -v self=$$ -v parent=$PPID \
		'$3 > 0 && $1 != self && $2 != self && $1 != parent { print $1, $4 }' "$state/ps" |
		sort -k1,1
}

# A name that does not occur in the kernel's log but for this.
mark()
{
	cat "$state/mark"
}

begin()
{
	mkdir -p "$state"
	echo "selftest $1 $$ $(</proc/uptime)" >"$state/mark"
	mark >/dev/kmsg
	# Its parent runs the test, or is it: not in the list, which is of others.
	processes >"$state/before"
	cut -d' ' -f1 "$state/before" >"$state/processes"
	ip -o link | awk -F': ' '{ print $2 }' | sort >"$state/links"
}

# wait_until SECONDS CMD...: cleaning up is asynchronous in many places.
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	while ! "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

no_extra_processes()
{
	processes >"$state/now"
	join -v1 "$state/now" "$state/processes" >"$state/extra"
	! [ -s "$state/extra" ]
}

check_processes()
{
	wait_until 3 no_extra_processes && return
	complain "processes left: $(tr '\n' ',' <"$state/extra")"
	cut -d' ' -f1 "$state/extra" | xargs -r kill -KILL 2>/dev/null
}

check_xfrm()
{
	[ -z "$(ip xfrm state list; ip xfrm policy list)" ] && return
	complain "states or policies of xfrm left in the first namespace"
	ip xfrm state flush
	ip xfrm policy flush
}

check_namespaces()
{
	local names

	names=$(ip netns list | cut -d' ' -f1)
	[ -z "$names" ] && return
	complain "namespaces left:" "$names"
	xargs -r -n 1 ip netns del <<<"$names"
}

extra_links()
{
	ip -o link | awk -F': ' '{ print $2 }' | sort | comm -13 "$state/links" -
}

no_extra_links()
{
	[ -z "$(extra_links)" ]
}

check_links()
{
	wait_until 5 no_extra_links ||
		complain "devices left in the first namespace:" "$(extra_links)"
}

# kmemleak reports what is unreferenced and older than five seconds, and some
# of what it finds at first is in flight: only what a second scan still sees.
check_leaks()
{
	local leaks

	[ -w $kmemleak ] && echo scan >$kmemleak 2>/dev/null || return 0
	sleep 6
	echo scan >$kmemleak
	# Not test -s: the file has no size.
	leaks=$(head -n 120 $kmemleak)
	if [ -n "$leaks" ]; then
		complain "kmemleak:"$'\n'"$leaks"
		echo clear >$kmemleak
	fi
}

loaded()
{
	[ -d /sys/module/cryptomap ]
}

unload()
{
	! loaded || rmmod cryptomap 2>/dev/null
}

check_module()
{
	if ! wait_until 10 unload; then
		complain "module does not unload, users: $(cat /sys/module/cryptomap/refcnt)" \
			"$(ls /sys/module/cryptomap/holders)"
	fi
}

check_slabs()
{
	local caches

	loaded && return
	caches=$(awk '/^(cm_|cryptomap)/ { print $1 }' /proc/slabinfo)
	[ -z "$caches" ] || complain "slab caches left:" "$caches"
}

check_log()
{
	local complaint

	complaint=$(dmesg | awk -v mark="$(mark)" \
		'index($0, mark) { found = 1; next } found' | "$lib/../vm/complaints") ||
		complain "the kernel complained:"$'\n'"$complaint"
}

# After its first report lockdep turns itself off, and finds nothing more.
check_lockdep()
{
	[ -e /proc/lockdep_stats ] || return
	grep -Eq '^ *debug_locks: +1$' /proc/lockdep_stats ||
		complain "lockdep has turned itself off"
}

check()
{
	check_processes
	check_namespaces
	check_links
	check_xfrm
	check_leaks
	check_module
	check_slabs
	check_log
	check_lockdep
	return $found
}

case ${1-} in
begin) begin "${2-test}" ;;
check) check ;;
*)
	echo "usage: ${0##*/} {begin NAME|check}" >&2
	exit 2
	;;
esac
