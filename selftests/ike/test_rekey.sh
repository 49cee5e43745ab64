#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
#
# IPsec and IKE SAs replaced with peers of others, by volume and by command, under
# numbered streams both ways: no packet is lost where we or libreswan begin.  What
# is lost when strongSwan begins is shown.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/both.sh
. "$(dirname "$0")/both.sh"

REKEYS=5

start()
{
	explain
	both_start
	both_up
}

# libreswan makes another pair of SAs when it is told to begin once more.
their_rekey()
{
	case $1 in
	charon) charon r2 --rekey --child lan >/dev/null ;;
	pluto) pluto r3 --initiate --name lan >/dev/null ;;
	esac
}

# Sums of what both_streams_end prints.
lost()
{
	awk '{ lost += $2; sent += $1 } END { print lost, "of", sent }'
}

# they_rekey PEER: several times; what was lost goes to $net_dir/lost-PEER
they_rekey()
{
	local spi i

	explain
	both_streams_begin "$1"
	for ((i = 0; i < REKEYS; i++)); do
		spi=$(our_spi "$1")
		their_rekey "$1"
		wait_for 60 has_new_spi "$1" "$spi"
	done
	both_streams_end "$1" | tee "$net_dir/streams" | lost >"$net_dir/lost-$1"
	cat "$net_dir/streams"
	[ "$1" = charon ] || check_eq lost "$(cut -d' ' -f1 "$net_dir/lost-$1")" 0
}

# libreswan cannot be told to, with IKEv1.
charon_rekeys_ike()
{
	local id

	explain
	id=$(our_ike_sa charon)
	both_streams_begin charon
	charon r2 --rekey --ike gw >/dev/null
	wait_for 60 has_new_ike_sa charon "$id"
	both_streams_end charon >"$net_dir/streams"
	cat "$net_dir/streams"
	check_eq lost "$(lost <"$net_dir/streams" | cut -d' ' -f1)" 0
}

# Most of the lifetime goes at once, the rest so slowly that the end of the old
# SAs does not come before the new ones, however slow the machine is.
we_rekey_by_volume()
{
	local spi got

	explain
	ctl r1 clear crypto session remote "${peer_address[$1]}" >/dev/null
	printf '%s\n' "crypto map M $([ "$1" = charon ] && echo 10 || echo 20)" \
		' set security-association lifetime kilobytes 2560' | configure r1
	ping_ok h1 "${host_address[$1]}" 2 -W 60
	udp_transfer h1 "${host[$1]}" "${host_address[$1]}" 1700 1000 >/dev/null
	spi=$(our_spi "$1")
	got=$(udp_transfer h1 "${host[$1]}" "${host_address[$1]}" 600 1000 5003 60)
	has_new_spi "$1" "$spi" || fail 'the SAs are the old ones'
	check_eq 'received' "${got% *}" 600
	printf '%s\n' "crypto map M $([ "$1" = charon ] && echo 10 || echo 20)" \
		' no set security-association lifetime kilobytes' | configure r1
}

both_topology
modprobe cryptomap
ktap_case 'both up' start
for peer in $peers; do
	ktap_case "$peer: they replace IPsec SAs" they_rekey "$peer"
done
ktap_case 'charon: we replace IPsec SAs by volume' we_rekey_by_volume charon
ktap_case 'charon: they replace the IKE SA' charon_rekeys_ike
ktap_case 'both stopped' both_stop
ktap_diag "$REKEYS rekeys, lost: strongSwan begins $(cat "$net_dir/lost-charon")," \
	"libreswan begins $(cat "$net_dir/lost-pluto")"
ktap_finish
