#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The lab itself, without the module: what the other tests lean on.

. "$(dirname "$0")/../lib/test.sh"

crypto_is_accelerated()
{
	# What GCM resolves to once something asked for it.
	ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel \
		aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128
	ip xfrm state flush
	check_match driver "$(cat /proc/crypto)" '^driver *: rfc4106-gcm-(aesni|vaes)'
}

captures_every_packet()
{
	capture_start wan wire r1 icmp
	ping_ok h1 10.2.0.2 50
	capture_stop wan
	check_eq 'ICMP packets captured' "$(capture_count wan)" 100
	check_eq 'nothing else captured' "$(capture_count wan not icmp)" 0
}

xfrm_between_routers()
{
	local key=0x000102030405060708090a0b0c0d0e0f10111213 ns

	for ns in r1 r2; do
		xfrm_sa "$ns" 192.0.2.1 192.0.2.2 0x1001 1 tunnel aead 'rfc4106(gcm(aes))' "$key" 128
		xfrm_sa "$ns" 192.0.2.2 192.0.2.1 0x1002 1 tunnel aead 'rfc4106(gcm(aes))' "$key" 128
	done
	xfrm_policy r1 out 10.1.0.0/24 10.2.0.0/24 192.0.2.1 192.0.2.2 1 tunnel
	xfrm_policy r1 fwd 10.2.0.0/24 10.1.0.0/24 192.0.2.2 192.0.2.1 1 tunnel
	xfrm_policy r2 out 10.2.0.0/24 10.1.0.0/24 192.0.2.2 192.0.2.1 1 tunnel
	xfrm_policy r2 fwd 10.1.0.0/24 10.2.0.0/24 192.0.2.1 192.0.2.2 1 tunnel

	capture_start esp wire r1 ip
	ping_ok h1 10.2.0.2 5
	capture_stop esp
	check_eq 'packets on the wire' "$(capture_count esp)" 10
	check_eq 'of them ESP' "$(capture_count esp esp)" 10
	check_eq 'packets of the state' "$(xfrm_packets r1 192.0.2.2 0x1001)" 5
}

udp_is_counted()
{
	check_eq 'received and late' "$(udp_transfer h1 h2 "$1" 500 200)" '500 0'
}

loss_is_seen()
{
	in_ns r1 nft -f - <<-'RULES'
		table inet loss {
			chain forward {
				type filter hook forward priority 0;
				udp length 208 @th,64,32 { 7, 8 } drop
			}
		}
	RULES
	check_eq 'received, late, missing' "$(udp_transfer h1 h2 10.2.0.2 100 200)" '98 0 7 8'
	in_ns r1 nft delete table inet loss
	in_ns r1 nft add table inet nothing
	in_ns r1 nft add chain inet nothing forward '{ type filter hook forward priority 0; policy drop; }'
	ping_lost h1 10.2.0.2
	in_ns r1 nft delete table inet nothing
}

super_packets()
{
	offload_set h1 lan on
	capture_start gso r1 lan tcp and greater 2000
	tcp_transfer h1 h2 10.2.0.2 2000000
	capture_stop gso
	check_ge 'packets above the MTU' "$(capture_count gso)" 1
	offload_set h1 lan off
	capture_start small r1 lan tcp and greater 1600
	tcp_transfer h1 h2 fd02::2 200000
	capture_stop small
	check_eq 'packets above the MTU' "$(capture_count small)" 0
}

ktap_case 'GCM is accelerated' crypto_is_accelerated
ktap_case 'hosts reach each other, both families' topology_routers
ktap_case 'a capture has every packet' captures_every_packet
ktap_case 'UDP over IPv4 arrives' udp_is_counted 10.2.0.2
ktap_case 'UDP over IPv6 arrives' udp_is_counted fd02::2
ktap_case 'loss is seen' loss_is_seen
ktap_case 'GSO makes super-packets, and can be turned off' super_packets
ktap_case 'stock xfrm encrypts' xfrm_between_routers
ktap_finish
