# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Our gateway r1 with strongSwan on r2 and libreswan on r3 at the same time, so
# that what takes its time is waited for once.  After ike.sh.
#
#	h1 - r1 - wire - r2 - h2	10.1.0.2, 192.0.2.1, 192.0.2.2, 10.2.0.2
#	             \__ r3		192.0.2.3, which has 10.4.0.2 itself

# shellcheck disable=SC2154 # net_dir, bg_pid, selftests: lib/test.sh
# shellcheck disable=SC2034 # for who includes this
peers='charon pluto'
declare -A gateway=([charon]=r2 [pluto]=r3)
declare -A peer_address=([charon]=192.0.2.2 [pluto]=192.0.2.3)
declare -A host=([charon]=h2 [pluto]=r3)
declare -A host_address=([charon]=10.2.0.2 [pluto]=10.4.0.2)

both_topology()
{
	topology_routers || return
	ns_add r3 || return
	link_add r3 wan wire r3 || return
	ip -n wire link set r3 master bridge || return
	addr_add r3 wan 192.0.2.3/24 || return
	addr_add r3 lo 10.4.0.2/32 || return
	route_add r3 10.1.0.0/24 192.0.2.1 || return
	route_add r1 10.4.0.0/24 192.0.2.3 || return
	in_ns h1 ping -q -c 1 -W 5 10.4.0.2 >/dev/null
}

# Pings from their networks; r3 has another address as well.
they_ping()
{
	ping_ok "${host[$1]}" 10.1.0.2 "$2" -I "${host_address[$1]}"
}

sessions_are()
{
	[ "$(json r1 "' '.join(sorted(s['status'] for s in v['sessions']))" \
		show crypto session)" = "$1 $1" ]
}

session_with()
{
	json r1 "[s['status'] for s in v['sessions'] if s['peer'] == '${peer_address[$1]}'][0]" \
		show crypto session
}

their_sas()
{
	ip -n "${gateway[$1]}" xfrm state | grep -c 'proto esp'
}

# The SPIs of what we send, with the old ones that have not gone yet.
our_spi()
{
	json r1 "[' '.join(sorted(str(s['spi']) for s in f['outbound-esp'])) for m in v['crypto-maps'] for f in m['flows']
		if f['sequence'] == $([ "$1" = charon ] && echo 10 || echo 20)][0]" show crypto ipsec sa
}

# has_new_spi PEER SPIS: one that is not among them
has_new_spi()
{
	local spi

	for spi in $(our_spi "$1" 2>/dev/null); do
		[[ " $2 " == *" $spi "* ]] || return 0
	done
	return 1
}

# The connection id of the newest IKE SA.
our_ike_sa()
{
	json r1 "max([s['conn_id'] for s in v['isakmp_sas'] if s['established'] and
		s['remote'] == '${peer_address[$1]}'] + [0])" show crypto isakmp sa
}

has_new_ike_sa()
{
	[ "$(our_ike_sa "$1")" -gt "$2" ]
}

# --- numbered streams

# stream_begin NAME FROM TO ADDRESS PORT
stream_begin()
{
	local dir=$net_dir/stream-$1

	# One of a case that has failed may be there.
	rm -rf "$dir"
	mkdir "$dir"
	bg in_ns "$3" /usr/bin/python3 "$selftests/lib/udp.py" sink "$4" "$5" 0 >"$dir/got"
	echo "$bg_pid" >"$dir/pids"
	wait_for 20 listening "$3" udp "$5" || return
	bg in_ns "$2" /usr/bin/python3 "$selftests/cli/stream.py" "$4" "$5" "$dir/stop" >"$dir/sent"
	echo "$bg_pid" >>"$dir/pids"
}

# stream_end NAME: prints "SENT LOST LATE"
stream_end()
{
	local dir=$net_dir/stream-$1 pid sent got late

	touch "$dir/stop"
	while read -r pid; do
		wait_for 60 gone "$pid" || return
	done <"$dir/pids"
	read -r sent <"$dir/sent"
	read -r got late _ <"$dir/got"
	echo "$sent $((sent - got)) $late"
	rm -r "$dir"
}

# both_streams_begin PEER, both_streams_end PEER: to them and from them
both_streams_begin()
{
	stream_begin "$1-out" h1 "${host[$1]}" "${host_address[$1]}" 5010
	stream_begin "$1-in" "${host[$1]}" h1 10.1.0.2 "$([ "$1" = charon ] && echo 5011 || echo 5012)"
}

both_streams_end()
{
	stream_end "$1-out"
	stream_end "$1-in"
}

# --- both daemons

both_start()
{
	daemon_start r1 && our_config | configure r1 >/dev/null
	charon_start r2 && charon_config 192.0.2.2 | charon_load r2 >/dev/null
	pluto_start r3 && pluto_config | pluto_load r3 >/dev/null
}

their_start()
{
	case $1 in
	charon) charon_start r2 && charon_config 192.0.2.2 | charon_load r2 >/dev/null ;;
	pluto) pluto_start r3 && pluto_config | pluto_load r3 >/dev/null ;;
	esac
}

their_initiate()
{
	case $1 in
	charon) charon r2 --initiate --child lan --timeout 60 ;;
	pluto) pluto r3 --initiate --name lan ;;
	esac
}

both_up()
{
	local peer

	for peer in $peers; do
		ping_ok h1 "${host_address[$peer]}" 2 -W 60
		they_ping "$peer" 2
	done
}

both_stop()
{
	daemon_stop r1
	rm "$net_dir/r1.pid"
	ctl_flush
	charon_stop r2
	pluto_stop r3
}

our_config()
{
	cat <<-CONF
		crypto isakmp policy 10
		 encryption aes
		 hash sha256
		 authentication pre-share
		 group 19
		crypto isakmp key cisco123 address 192.0.2.0 255.255.255.0
		${keepalive:-}
		crypto ipsec transform-set TS esp-aes esp-sha-hmac
		access-list 102 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255
		access-list 104 permit ip 10.1.0.0 0.0.0.255 10.4.0.0 0.0.0.255
		crypto map M 10 ipsec-isakmp
		 set peer 192.0.2.2
		 set transform-set TS
		 match address 102
		crypto map M 20 ipsec-isakmp
		 set peer 192.0.2.3
		 set transform-set TS
		 match address 104
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 crypto map M
	CONF
}

# charon_config THEIRS [OURS NETWORK-OF-THEIRS NETWORK-OF-OURS]
charon_config()
{
	cat <<-CONF
		connections {
			gw {
				version = 1
				local_addrs = $1
				remote_addrs = ${2:-192.0.2.1}
				proposals = aes128-sha256-ecp256
				${charon_dpd:-}
				${charon_ike_life:-}
				local { auth = psk }
				remote { auth = psk }
				children {
					lan {
						local_ts = ${3:-10.2.0.0/24}
						remote_ts = ${4:-10.1.0.0/24}
						esp_proposals = aes128-sha1
						${charon_life:-}
					}
				}
			}
		}
		secrets { ike { secret = "cisco123" } }
	CONF
}

pluto_config()
{
	cat <<-CONF | sed '/^$/d'
		conn lan
		ikev2=no
		authby=secret
		left=192.0.2.3
		right=192.0.2.1
		leftsubnet=10.4.0.0/24
		rightsubnet=10.1.0.0/24
		leftupdown=%disabled
		ike=aes128-sha2_256;dh19
		esp=aes128-sha1
		pfs=no
		${pluto_dpd:-}
		${pluto_life:-}
		# secrets
		: PSK "cisco123"
	CONF
}
