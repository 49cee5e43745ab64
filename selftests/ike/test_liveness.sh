#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# takes: 180
#
# Dead peer detection with peers of others, both ways: questions are answered; a
# peer that does not answer is dead for us, and we for them; one that comes back,
# with its SAs or without, is connected again without an operator.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/both.sh
. "$(dirname "$0")/both.sh"

keepalive='crypto isakmp keepalive 10 2 periodic'
charon_dpd=$'dpd_delay = 2\n\t\t\t\tdpd_timeout = 20'
pluto_dpd=$'dpddelay=2\ndpdtimeout=20\ndpdaction=clear'

start()
{
	explain
	both_start
	both_up
}

# informational exchanges from an address: exchange type 5
questions()
{
	capture_count dpd src "$1" and 'udp port 500 and udp[26] = 5'
}

# For longer than it takes them to give up who does not answer.
they_ask()
{
	local peer
	local -A spi

	explain
	for peer in $peers; do
		spi[$peer]=$(our_spi "$peer")
	done
	capture_start dpd wire r1 'udp port 500'
	for peer in $peers; do
		wait_for 120 value_ge 12 questions "${peer_address[$peer]}"
	done
	wait_for 20 value_ge 24 questions 192.0.2.1
	capture_stop dpd
	for peer in $peers; do
		check_eq "SPI with $peer" "$(our_spi "$peer")" "${spi[$peer]}"
		they_ping "$peer" 2
	done
}

dead_logged()
{
	grep -q "$1 does not answer any more" "$net_dir/r1.log"
}

# Both stand still: we take down what we have, and they come back.
we_find_them_dead()
{
	local peer

	explain
	for peer in $peers; do
		kill -STOP "$(<"$net_dir/${gateway[$peer]}/pid")"
	done
	for peer in $peers; do
		wait_for 90 dead_logged "${peer_address[$peer]}"
	done
	wait_for 20 value_is 0 our_sas
	for peer in $peers; do
		kill -CONT "$(<"$net_dir/${gateway[$peer]}/pid")"
	done
	for peer in $peers; do
		wait_for 90 in_ns h1 ping -q -c 1 -W 5 "${host_address[$peer]}" >/dev/null
		they_ping "$peer" 2
	done
}

# They die, and their SAs with them.
kill_them()
{
	local peer pid

	for peer in $peers; do
		pid=$(<"$net_dir/${gateway[$peer]}/pid")
		kill -KILL "$pid"
		wait_for 20 gone "$pid"
		rm -rf "${net_dir:?}/${gateway[$peer]}"
		ip -n "${gateway[$peer]}" xfrm state flush
		ip -n "${gateway[$peer]}" xfrm policy flush
	done
}

# They begin anew: nothing of before is left here.
they_come_back()
{
	local peer

	explain
	kill_them
	for peer in $peers; do
		their_start "$peer"
		their_initiate "$peer"
		they_ping "$peer" 2
		ping_ok h1 "${host_address[$peer]}" 2
	done
	wait_for 90 value_is 4 our_sas
	for peer in $peers; do
		check_eq "SAs of $peer" "$(their_sas "$peer")" 2
	done
}

# They do not begin: what we send goes nowhere until we ask whether they live.
we_find_them_new()
{
	local peer

	explain
	kill_them
	for peer in $peers; do
		their_start "$peer"
	done
	for peer in $peers; do
		wait_for 90 in_ns h1 ping -q -c 1 -W 5 "${host_address[$peer]}" >/dev/null
		they_ping "$peer" 2
		ping_ok h1 "${host_address[$peer]}" 2
	done
}

# We stand still: they take down what they have, and we come back.
they_find_us_dead()
{
	local peer

	explain
	kill -STOP "$(<"$net_dir/r1.pid")"
	for peer in $peers; do
		wait_for 120 value_is 0 their_sas "$peer"
	done
	kill -CONT "$(<"$net_dir/r1.pid")"
	for peer in $peers; do
		wait_for 90 in_ns h1 ping -q -c 1 -W 5 "${host_address[$peer]}" >/dev/null
		they_ping "$peer" 2
		ping_ok h1 "${host_address[$peer]}" 2
	done
}

both_topology
modprobe cryptomap
ktap_case 'both up' start
ktap_case 'they ask and we answer' they_ask
ktap_case 'they do not answer' we_find_them_dead
ktap_case 'restarted, they begin' they_come_back
ktap_case 'restarted, we begin' we_find_them_new
ktap_case 'we do not answer' they_find_us_dead
ktap_case 'both stopped' both_stop
ktap_finish
