#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# takes: 80
#
# IKEv1 with strongSwan and libreswan over their stock xfrm data plane, who
# begins being us and being them: main mode with pre-shared keys, quick mode with
# and without PFS, deletion and a new begin.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"

# A capture of a case that failed may still be running: each has its own name.
traffic()
{
	local lan=lan-$peer-$test

	capture_start "$lan" wire r1 'ip and not udp port 500'
	ping_ok h1 10.2.0.2 5 -W 30
	ping_ok h2 10.1.0.2 5
	tcp_transfer h1 h2 10.2.0.2 200000
	capture_stop "$lan"
	capture_show "$lan" not esp | head -n 5
	check_eq 'packets in clear' "$(capture_count "$lan" not esp)" 0
	check_ge 'ESP' "$(capture_count "$lan" esp)" 20
}

# The first packet waits and is not lost.
we_begin()
{
	pair_start "$1"
	traffic
	session_is UP-ACTIVE || fail 'session is not up'
	check_eq SAs "$(our_sas)" 2
	pair_stop "$1"
}

they_begin()
{
	pair_start "$1"
	"$1_initiate"
	wait_for 20 session_is UP-ACTIVE
	traffic
	check_eq SAs "$(our_sas)" 2
	pair_stop "$1"
}

with_pfs()
{
	ike[pfs]=group14 ike[charon-esp]+=-modp2048 ike[pluto-pfs]=yes
	ike[pluto-esp]+=';modp2048'
	pair_start "$1"
	traffic
	ctl r1 show crypto ipsec sa | grep -q 'PFS (Y/N): Y, DH group: group14' ||
		fail 'no PFS'
	pair_stop "$1"
}

# Deletes of ours are heard, theirs too; the next packet begins anew.
deletes()
{
	pair_start "$1"
	ping_ok h1 10.2.0.2 2 -W 30
	ctl r1 clear crypto session
	wait_for 20 value_is '' ip -n r2 xfrm state
	ping_ok h1 10.2.0.2 2 -W 30
	"$1_delete"
	wait_for 20 value_is 0 our_sas
	ping_ok h1 10.2.0.2 2 -W 30
	pair_stop "$1"
}

charon_delete()
{
	charon r2 --terminate --ike gw >/dev/null
}

pluto_delete()
{
	pluto r2 --terminate --name lan >/dev/null
}

# Most of the lifetime goes at once, the rest so slowly that the end of the old
# SAs does not come before the new ones, however slow the machine is.
rekey_by_volume()
{
	ike[lifetime]='kilobytes 5120'
	pair_start "$1"
	ping_ok h1 10.2.0.2 2 -W 30
	check_eq 'received, late' "$(udp_transfer h1 h2 10.2.0.2 3900 1000)" '3900 0'
	check_eq 'received, late' "$(udp_transfer h1 h2 10.2.0.2 900 1000 5003 100)" '900 0'
	check_ge 'SAs made' "$(json r1 \
		'max(c["id"] for c in v["connections"])' show crypto engine connections active)" 4
	pair_stop "$1"
}

topology_routers
modprobe cryptomap
for peer in ${PEERS:-charon pluto}; do
	for test in we_begin they_begin with_pfs deletes rekey_by_volume; do
		ike_defaults
		ktap_case "$peer: ${test//_/ }" "$test" "$peer"
	done
done
ktap_finish
