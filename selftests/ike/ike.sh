# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Our gateway r1 and a peer on r2 that somebody else wrote, for the tests of this
# directory; after lib/test.sh.  The standard topology: h1 - r1 - wire - r2 - h2.

# shellcheck source=selftests/lib/peers.sh
. "$selftests/lib/peers.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$selftests/cli/daemon.sh"

# What both ends are told; a case changes some of it.
declare -A ike=()
ike_defaults()
{
	ike=([encr]='aes' [hash]=sha256 [group]=14 [esp]='esp-aes esp-sha256-hmac' [pfs]=''
	     [charon-ike]=aes128-sha256-modp2048 [charon-esp]=aes128-sha256
	     [pluto-ike]='aes128-sha2_256;modp2048' [pluto-esp]='aes128-sha2_256' [pluto-pfs]=no
	     [lifetime]='')
}

our_config()
{
	cat <<-CONF
		crypto isakmp policy 10
		 encryption ${ike[encr]}
		 hash ${ike[hash]}
		 authentication pre-share
		 group ${ike[group]}
		crypto isakmp key cisco123 address 192.0.2.2
		crypto isakmp keepalive 10
		crypto ipsec transform-set TS ${ike[esp]}
		access-list 101 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255
		crypto map M 10 ipsec-isakmp
		 set peer 192.0.2.2
		 set transform-set TS
		 match address 101
		${ike[pfs]:+ set pfs ${ike[pfs]}}
		${ike[lifetime]:+ set security-association lifetime ${ike[lifetime]}}
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 crypto map M
	CONF
}

charon_config()
{
	cat <<-CONF
		connections {
			gw {
				version = 1
				local_addrs = 192.0.2.2
				remote_addrs = 192.0.2.1
				proposals = ${ike[charon-ike]}
				dpd_delay = 10
				local { auth = psk }
				remote { auth = psk }
				children {
					lan {
						local_ts = 10.2.0.0/24
						remote_ts = 10.1.0.0/24
						esp_proposals = ${ike[charon-esp]}
					}
				}
			}
		}
		secrets { ike { secret = "cisco123" } }
	CONF
}

pluto_config()
{
	cat <<-CONF
		conn lan
		ikev2=no
		authby=secret
		left=192.0.2.2
		right=192.0.2.1
		leftsubnet=10.2.0.0/24
		rightsubnet=10.1.0.0/24
		ike=${ike[pluto-ike]}
		esp=${ike[pluto-esp]}
		pfs=${ike[pluto-pfs]}
		# secrets
		192.0.2.2 192.0.2.1 : PSK "cisco123"
	CONF
}

# pair_start PEER: ours and theirs, configured anew
pair_start()
{
	# A case before this one may have ended early.
	[ -e "$net_dir/r1.pid" ] && pair_stop "$1"
	daemon_start r1 || return
	our_config | sed '/^$/d' | configure r1 >/dev/null || return
	"$1_start" r2 && "$1_config" | "$1_load" r2 >/dev/null
}

pair_stop()
{
	daemon_stop r1
	rm "$net_dir/r1.pid"
	ctl_flush
	[ ! -e "$net_dir/r2/pid" ] || "$1_stop" r2
	ip -n r2 xfrm state flush
	ip -n r2 xfrm policy flush
}

# What our data plane has goes with a new module.
ctl_flush()
{
	modprobe -r cryptomap && modprobe cryptomap
}

# The peer begins.
charon_initiate()
{
	charon r2 --initiate --child lan --timeout 30
}

pluto_initiate()
{
	pluto r2 --initiate --name lan
}

# For the beginning of a case: if it fails, what all of them have logged last.
explain()
{
	# shellcheck disable=SC2154 # assigned in it
	trap 'status=$?
		[ $status -eq 0 ] || tail -n 20 "$net_dir/r1.log" "$net_dir"/r[23]/log 2>/dev/null
		exit $status' EXIT
}

session_is()
{
	[ "$(json r1 'v["sessions"][0]["status"]' show crypto session)" = "$1" ]
}

# Pairs of SAs that carry traffic or retire.
our_sas()
{
	json r1 'sum(f["sas"] for s in v["sessions"] for f in s["flows"])' \
		show crypto session
}
