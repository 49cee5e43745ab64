#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# takes: 40
#
# IPsec and IKE SAs replaced with peers of others, by either side, by volume, by
# time and by command, under numbered streams both ways: no packet is lost where
# we or libreswan begin.  strongSwan that begins loses some by its own doing: it
# is measured beside it what it loses with another strongSwan, and with us it loses
# no more.  Then SAs deleted by either side.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/both.sh
. "$(dirname "$0")/both.sh"

REKEYS=5

# begin: a case; the streams of one that has failed go on no longer
begin()
{
	explain
	cat "$net_dir"/stream-*/pids 2>/dev/null | xargs -r kill 2>/dev/null || true
	rm -rf "$net_dir"/stream-*
}

start()
{
	begin
	both_start
	both_up
}

# Sums of what both_streams_end prints.
lost()
{
	awk '{ lost += $2; sent += $1 } END { print lost, "of", sent }'
}

# no_loss PEER...: ends their streams
no_loss()
{
	local peer

	for peer; do
		both_streams_end "$peer" || return
	done >"$net_dir/streams"
	cat "$net_dir/streams"
	check_eq lost "$(lost <"$net_dir/streams" | cut -d' ' -f1)" 0
}

# --- strongSwan with strongSwan, where we are later

sends_by()
{
	ip -n r2 xfrm state | sed -n '/^src 192.0.2.2/{n; s/.*spi \(0x[0-9a-f]*\).*/\1/p}' | sort
}

sends_by_new()
{
	local spi

	for spi in $(sends_by); do
		[[ " ${1//$'\n'/ } " == *" $spi "* ]] || return 0
	done
	return 1
}

charon_with_charon()
{
	local i spi

	charon_start r1
	charon_config 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 | charon_load r1 >/dev/null
	charon_start r2
	charon_config 192.0.2.2 | charon_load r2 >/dev/null
	charon r2 --initiate --child lan --timeout 60 >/dev/null
	both_streams_begin charon
	for ((i = 0; i < REKEYS; i++)); do
		spi=$(sends_by)
		their_rekey charon
		wait_for 60 sends_by_new "$spi"
	done
	both_streams_end charon | tee "$net_dir/streams" | lost >"$net_dir/lost-beside"
	cat "$net_dir/streams"
	charon_stop r1
	charon_stop r2
	ip -n r1 xfrm state flush && ip -n r1 xfrm policy flush
	ip -n r2 xfrm state flush && ip -n r2 xfrm policy flush
}

# --- by command

# libreswan makes another pair of SAs when it is told to begin once more.
their_rekey()
{
	case $1 in
	charon) charon r2 --rekey --child lan >/dev/null ;;
	pluto) pluto r3 --initiate --name lan >/dev/null ;;
	esac
}

# Several times; what was lost goes to $net_dir/lost-PEER.
they_rekey()
{
	local peer i
	local -A spi

	begin
	for peer in $peers; do
		both_streams_begin "$peer"
	done
	for ((i = 0; i < REKEYS; i++)); do
		for peer in $peers; do
			spi[$peer]=$(our_spi "$peer")
			their_rekey "$peer"
		done
		for peer in $peers; do
			wait_for 60 has_new_spi "$peer" "${spi[$peer]}"
		done
	done
	for peer in $peers; do
		both_streams_end "$peer" | tee "$net_dir/streams" | lost >"$net_dir/lost-$peer"
		cat "$net_dir/streams"
	done
	check_eq 'lost, libreswan' "$(cut -d' ' -f1 "$net_dir/lost-pluto")" 0
	check_le 'lost, strongSwan' "$(cut -d' ' -f1 "$net_dir/lost-charon")" \
		"$(cut -d' ' -f1 "$net_dir/lost-beside")"
}

# libreswan cannot be told to, with IKEv1.
charon_rekeys_ike()
{
	local id

	begin
	id=$(our_ike_sa charon)
	both_streams_begin charon
	charon r2 --rekey --ike gw >/dev/null
	wait_for 60 has_new_ike_sa charon "$id"
	no_loss charon
}

# --- by volume

entry_of()
{
	[ "$1" = charon ] && echo 10 || echo 20
}

kilobytes()
{
	local peer

	for peer in $peers; do
		printf '%s\n' "crypto map M $(entry_of "$peer")" \
			" $1 set security-association lifetime kilobytes $2"
	done | configure r1
}

# slowly PEER: goes on for longer than it takes to make new SAs, however slow the
# machine is
slowly()
{
	udp_transfer h1 "${host[$1]}" "${host_address[$1]}" 600 1000 5003 60 >"$net_dir/slowly-$1"
}

# Most of the lifetime goes at once, the rest so that the end of the old SAs does
# not come before the new ones.
we_rekey_by_volume()
{
	local peer pids=''
	local -A spi

	begin
	kilobytes '' 2560
	ctl r1 clear crypto session >/dev/null
	for peer in $peers; do
		ping_ok h1 "${host_address[$peer]}" 2 -W 60
		udp_transfer h1 "${host[$peer]}" "${host_address[$peer]}" 1700 1000 >/dev/null
		spi[$peer]=$(our_spi "$peer")
	done
	for peer in $peers; do
		slowly "$peer" &
		pids+=" $!"
	done
	# shellcheck disable=SC2086 # several
	wait $pids
	for peer in $peers; do
		has_new_spi "$peer" "${spi[$peer]}" || fail "$peer: the SAs are the old ones"
		check_eq "$peer: received" "$(cut -d' ' -f1 "$net_dir/slowly-$peer")" 600
	done
	kilobytes no ''
}

# --- by time

# their_reload: other lifetimes, and nothing of before is left
their_reload()
{
	charon_config 192.0.2.2 | charon_load r2 >/dev/null
	charon r2 --terminate --ike gw >/dev/null 2>&1 || true
	# This ends what it has.
	pluto_config | pluto_load r3 >/dev/null
}

spi_and_ike()
{
	echo "$(our_spi "$1")/$(our_ike_sa "$1")"
}

# has_both_anew PEER SPIS/IKE-SA
has_both_anew()
{
	has_new_spi "$1" "${2%/*}" && has_new_ike_sa "$1" "${2#*/}"
}

# IPsec SAs of theirs that end after 50 seconds, which they would let happen, and
# IKE SAs of ours that end after 60, the least: for both peers under one wait.
we_rekey_by_time()
{
	local peer charon_life pluto_life
	local -A before

	begin
	charon_life=$'life_time = 50\nrekey_time = 0\nrand_time = 0'
	pluto_life=$'salifetime=50\nrekey=no'
	printf '%s\n' 'crypto isakmp policy 10' ' lifetime 60' | configure r1
	their_reload
	for peer in $peers; do
		ping_ok h1 "${host_address[$peer]}" 2 -W 60
		before[$peer]=$(our_spi "$peer")
		their_rekey "$peer"
		wait_for 60 has_new_spi "$peer" "${before[$peer]}"
		before[$peer]=$(spi_and_ike "$peer")
		both_streams_begin "$peer"
	done
	for peer in $peers; do
		wait_for 90 has_both_anew "$peer" "${before[$peer]}"
	done
	# shellcheck disable=SC2086 # several
	no_loss $peers
	check_eq 'who began the IKE SAs' "$(json r1 "[s['initiator'] for s in v['isakmp_sas']
		if s['conn_id'] in ($(our_ike_sa charon), $(our_ike_sa pluto))]" \
		show crypto isakmp sa)" '[True, True]'
	printf '%s\n' 'crypto isakmp policy 10' ' no lifetime' | configure r1
}

# It begins half the margin before the end of what we began.
pluto_rekeys_by_time()
{
	local before pluto_life

	begin
	pluto_life=$'salifetime=14\nikelifetime=14\nrekeymargin=10\nrekeyfuzz=0%'
	their_reload
	ping_ok h1 "${host_address[pluto]}" 2 -W 60
	before=$(spi_and_ike pluto)
	both_streams_begin pluto
	wait_for 90 has_both_anew pluto "$before"
	no_loss pluto
}

# --- deleted

our_spis()
{
	json r1 "' '.join(sorted('0x%08x' % s['spi'] for m in v['crypto-maps'] for f in m['flows']
		if f['sequence'] == $(entry_of "$1") for way in ('inbound-esp', 'outbound-esp') for s in f[way]))" \
		show crypto ipsec sa
}

their_spis()
{
	ip -n "${gateway[$1]}" xfrm state |
		sed -n 's/.*proto esp spi \(0x[0-9a-f]*\).*/\1/p' | sort | xargs
}

# same_sas PEER: one pair of SAs, the same ones on both sides
same_sas()
{
	local ours

	ours=$(our_spis "$1")
	[ "$(wc -w <<<"$ours")" = 2 ] && [ "$ours" = "$(their_spis "$1")" ]
}

# spis_gone PEER SPIS: not one is left, here or there
spis_gone()
{
	local spi now

	now=" $(our_spis "$1") $(their_spis "$1") "
	for spi in $2; do
		[[ $now != *" $spi "* ]] || return
	done
}

both_ways()
{
	ping_ok h1 "${host_address[$1]}" 2 -W 60
	they_ping "$1" 2
	wait_for 60 same_sas "$1" || {
		ctl r1 show crypto ipsec sa
		ip -n "${gateway[$1]}" xfrm state
		return 1
	}
}

we_delete()
{
	ctl r1 clear crypto sa peer "${peer_address[$1]}" >/dev/null
}

they_delete()
{
	case $1 in
	charon) charon r2 --terminate --child lan >/dev/null ;;
	pluto) pluto r3 --deletestate "$(pluto r3 --trafficstatus |
		sed -n 's/.*#\([0-9]*\): "lan".*/\1/p')" >/dev/null ;;
	esac
}

# deletes we|they: there is no trace of the SAs, and the next packet makes new ones
deletes()
{
	local peer ike
	local -A spis

	begin
	for peer in $peers; do
		both_ways "$peer"
		spis[$peer]=$(our_spis "$peer")
	done
	ike=$(our_ike_sa charon)
	for peer in $peers; do
		"$1_delete" "$peer"
	done
	for peer in $peers; do
		wait_for 60 spis_gone "$peer" "${spis[$peer]}"
		both_ways "$peer"
	done
	# libreswan deletes its IKE SA with the last of the others.
	check_eq 'IKE SA with strongSwan' "$(our_ike_sa charon)" "$ike"
}

both_topology
modprobe cryptomap
ktap_case 'strongSwan with strongSwan' charon_with_charon
ktap_case 'both up' start
ktap_case 'both: we replace IPsec SAs by volume' we_rekey_by_volume
ktap_case 'both: they replace IPsec SAs' they_rekey
ktap_diag "$REKEYS rekeys, lost: strongSwan begins $(cat "$net_dir/lost-charon")," \
	"with strongSwan $(cat "$net_dir/lost-beside"); libreswan begins $(cat "$net_dir/lost-pluto")"
ktap_case 'charon: they replace the IKE SA' charon_rekeys_ike
ktap_case 'both: we replace IPsec SAs and IKE SAs by time' we_rekey_by_time
ktap_case 'pluto: they replace IPsec SAs and the IKE SA by time' pluto_rekeys_by_time
their_reload
ktap_case 'both: we delete' deletes we
ktap_case 'both: they delete' deletes they
ktap_case 'both stopped' both_stop
ktap_finish
