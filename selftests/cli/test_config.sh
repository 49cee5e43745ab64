#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 60
# shellcheck disable=SC2154 # net_dir, set by lib/net.sh
#
# Configurations as files: whole ones of routers, bad ones, saved ones; what
# they do to interfaces and routes; who may say anything at all.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/daemon.sh"

here=$(dirname "$(realpath "$0")")

# branch NAME: a router with the interfaces of branch.cfg
branch()
{
	local name=$1 port

	ns_add "$name"
	for port in 8 9; do
		ip -n "$name" link add "port$port" type dummy || return
		altname_add "$name" "port$port" "GigabitEthernet$port" || return
	done
	daemon_start "$name"
}

running()
{
	ctl "$1" show running-config | sed '1,/^Current configuration/d'
}

whole_configuration()
{
	local said

	said=$(ctl one -f "$here/branch.cfg" 2>&1) || fail "$said"
	check_match 'ignored lines' "$said" 'ignored.*router ospf 1|router ospf 1.*ignored'
	check_no_match 'secrets of ignored lines' "$said" 's3cr3t|13061E010803|hx5rVt7'
	check_eq 'flows and SAs' "$(json one "v['flows'], v['sas']" show crypto drops)" '4 6'
	check_match 'an entry' "$(ctl one show crypto map tag WAN)" 'Peer = 203.0.113.9'
	check_match mtu "$(in_ns one ip -o link show port8)" 'mtu 1372 '
	has_address one port9 192.168.2.1/24
	has_address one Loopback0 10.255.0.2/32
	check_match route "$(in_ns one ip route show 10.0.0.0/8)" '^blackhole .*metric 254'
	check_match route "$(in_ns one ip route show default)" 'via 198.51.100.1 dev port8'
	check_eq 'IPv6 MTU' "$(in_ns one cat /proc/sys/net/ipv6/conf/port8/mtu)" 1372
}

# other_router FILE PORT: what is ignored and refused is what FILE.said.txt says, and
# the crypto map is in force on GigabitEthernet PORT.
other_router()
{
	local file=$here/routers/$1 port=GigabitEthernet${2//\//-}

	ns_add "$1"
	ip -n "$1" link add wan type dummy
	altname_add "$1" wan "$port"
	daemon_start "$1"
	check_fails ctl "$1" -f "$file.cfg" 2>&1 | sed "s|^$file\.cfg: *||" | sort |
		diff -u <(sort "$file.said.txt") -
	check_eq 'flows and SAs' "$(json "$1" "v['flows'], v['sas']" show crypto drops)" '2 4'
	check_match 'interface of the SAs' "$(ctl "$1" show crypto engine connections active)" \
		"^ +[0-9]+ GigabitEthernet$2 +[0-9A-F]"
	check_match 'interface of the flows' "$(ctl "$1" show crypto ipsec sa)" \
		"^interface: GigabitEthernet$2\$"
	running "$1" >"$net_dir/first"
	ctl "$1" -f "$net_dir/first"
	running "$1" | diff -u "$net_dir/first" -
	daemon_stop "$1"
	ns_del "$1"
}

has_address()
{
	in_ns "$1" ip -o addr show dev "$2" | grep -qF " $3 " || fail "$2 lacks $3"
}

identity()
{
	running one >"$net_dir/first"
	ctl two -f "$net_dir/first"
	running two >"$net_dir/second"
	diff -u "$net_dir/first" "$net_dir/second"
	# And on the one it came from it changes nothing.
	in_ns one "$selftests/lib/cmctl" sas >"$net_dir/sas"
	ctl one -f "$net_dir/first"
	in_ns one "$selftests/lib/cmctl" sas | diff -u "$net_dir/sas" - >"$net_dir/diff" ||
		check_no_match 'changed SAs' "$(cat "$net_dir/diff")" '^[-+].*(spi|conn-id|sequence)'
}

# Every line that must be refused is, at its number and with its text, and no
# other line is.
refused_lines()
{
	local said text number line

	said=$(check_fails ctl three -f "$here/refused.cfg")
	number=0
	text=
	while IFS= read -r line; do
		number=$((number + 1))
		if [ -n "$text" ]; then
			grep -F "refused.cfg:$number: " <<<"$said" | grep -qF -- "$text" ||
				fail "line $number ($line): not refused with '$text': $(
					grep -F "refused.cfg:$number: " <<<"$said")" || return
		elif grep -F "refused.cfg:$number: " <<<"$said" | grep -vq '[wW]arning'; then
			fail "line $number ($line) is refused: $said" || return
		fi
		text=
		[[ $line != '! refused: '* ]] || text=${line#! refused: }
	done <"$here/refused.cfg"
	check_no_match 'a key in the report' "$said" 'secret-not-shown|01020304'
	check_match 'good lines' "$(running three)" '^hostname after$'
	check_no_match 'bad lines' "$(running three)" '192\.0\.2\.77|10\.9\.9\.1|Tunnel0|esp-seal'
}

# The kernel refuses one of the file's SAs: nothing of it is done.
kernel_refuses()
{
	local said

	ip -n three link add eth9 type dummy
	configure three <<-'CONFIG'
	hostname quiet
	crypto map M 10
	 set session-key outbound esp 4000 cipher 000102030405060708090a0b0c0d0e0f authenticator 000102030405060708090a0b0c0d0e0f10111213
	 set session-key inbound esp 4001 cipher 000102030405060708090a0b0c0d0e0f authenticator 000102030405060708090a0b0c0d0e0f10111213
	 set peer 192.0.2.2
	 match address 101
	interface eth9
	 ip address 192.0.2.1 255.255.255.0
	access-list 101 permit ip host 10.0.0.1 host 10.0.0.2
	CONFIG
	check_eq SAs "$(json three "v['sas']" show crypto drops)" 2
	running three >"$net_dir/before"
	# A foreign SA has the SPI that the second line asks for.
	"$selftests/lib/cmctl" -n three "do" sa-add "$(foreign_sa)"
	said=$(check_fails ctl three -f - <<-'CONFIG'
	hostname noisy
	crypto map M 10
	 set session-key inbound esp 5555 cipher 000102030405060708090a0b0c0d0e0f authenticator 000102030405060708090a0b0c0d0e0f10111213
	ip route 203.0.113.0 255.255.255.0 192.0.2.2
	CONFIG
	)
	check_match 'line and reason' "$said" 'crypto map M 10, inbound SA with SPI 5555: .+'
	running three | diff -u "$net_dir/before" -
	check_eq route "$(in_ns three ip route show 203.0.113.0/24)" ''
	ping_nothing
}

foreign_sa()
{
	local flow

	flow=$("$selftests/lib/cmctl" -n three flows |
		/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')
	cat <<-JSON
	{"direction": "in", "spi": 5555, "proto": 50, "src": "192.0.2.2", "dst": "192.0.2.1",
	 "flow": $flow, "mode": "tunnel", "encr-alg": "aes-cbc",
	 "encr-key": "000102030405060708090a0b0c0d0e0f", "auth-alg": "hmac-sha1-96",
	 "auth-key": "000102030405060708090a0b0c0d0e0f10111213"}
	JSON
}

ping_nothing()
{
	check_eq SAs "$(json three "v['sas']" show crypto drops)" 3
}

saved()
{
	local path=$net_dir/one.startup

	check_match 'not there yet' "$(check_fails ctl one show startup-config)" 'is not present'
	ctl one copy running-config startup-config
	check_eq mode "$(stat -c %a "$path")" 600
	check_eq 'one file only' "$(find "$net_dir" -name 'one.startup*' | wc -l)" 1
	running one >"$net_dir/first"
	ctl one show startup-config | sed 1d | diff -u "$net_dir/first" -
	daemon_stop one
	daemon_start one
	running one | diff -u "$net_dir/first" -
	ctl one write erase
	[ ! -e "$path" ] || fail 'still there'
}

# A startup configuration in the character set of another time.
old_characters()
{
	daemon_stop one
	printf 'interface GigabitEthernet8\n description Z\374rich\n' >"$net_dir/one.startup"
	daemon_start one
	check_eq description "$(json one "v['interfaces'][0]['description']" \
		show interfaces GigabitEthernet8)" 'Zürich'
	check_match 'running-config' "$(running one)" '^ description Zürich$'
	ctl one write erase
}

not_for_everybody()
{
	local said

	chmod 755 "$net_dir"
	said=$(check_fails setpriv --reuid 65534 --regid 65534 --clear-groups \
		ipsecctl -s "$net_dir/one.sock" show version)
	check_match text "$said" '[Pp]ermission denied|not allowed'
	# The socket open to all: still refused, by who asks.
	chmod 666 "$net_dir/one.sock"
	said=$(check_fails setpriv --reuid 65534 --regid 65534 --clear-groups \
		ipsecctl -s "$net_dir/one.sock" show version)
	check_match text "$said" '[Pp]ermission|not allowed|only root|refused|denied'
	chmod 600 "$net_dir/one.sock"
}

exit_statuses()
{
	local status

	ctl one show version >/dev/null
	status=0 && ctl one show nonsense >/dev/null 2>&1 || status=$?
	check_eq 'refused line' "$status" 1
	status=0 && ipsecctl --nonsense >/dev/null 2>&1 || status=$?
	check_eq usage "$status" 2
	status=0 && ipsecctl -s "$net_dir/nobody.sock" show version >/dev/null 2>&1 || status=$?
	check_eq 'not reachable' "$status" 3
	status=0 && ipsecd --nonsense >/dev/null 2>&1 || status=$?
	check_eq 'usage of ipsecd' "$status" 2
}

# While the daemon does not answer its client shows no key to others.
keys_hidden()
{
	local key=00112233445566778899aabbccddeeff pid

	pid=$(cat "$net_dir/one.pid")
	kill -STOP "$pid"
	bg in_ns one ipsecctl -s "$net_dir/one.sock" -c 'configure terminal' \
		-c "set session-key inbound esp 300 cipher $key"
	wait_for 10 no_argument "$bg_pid" "$key"
	check_eq 'cores allowed' "$(awk '/core file/ { print $5 }' "/proc/$bg_pid/limits")" 0
	kill -CONT "$pid"
	wait_for 10 gone "$bg_pid"
	check_no_match 'the log' "$(ctl one show logging; cat "$net_dir/one.log")" "$key"
}

no_argument()
{
	grep -qz ipsecctl "/proc/$1/cmdline" && ! grep -qz "$2" "/proc/$1/cmdline"
}

taken_back()
{
	configure two <<-'CONFIG'
	no interface Loopback0
	interface GigabitEthernet8
	 no crypto map
	 no ipv6 crypto map
	 no ip mtu
	 no ipv6 mtu
	 no ip address
	 no ipv6 address
	no interface GigabitEthernet9
	no ip route 10.0.0.0 255.0.0.0 Null0
	no ip route 0.0.0.0 0.0.0.0
	CONFIG
	check_eq 'flows and SAs' "$(json two "v['flows'], v['sas']" show crypto drops)" '0 0'
	check_fails ip -n two link show Loopback0
	check_eq addresses "$(in_ns two ip -o -4 addr show dev port9)" ''
	check_match mtu "$(in_ns two ip -o link show port8)" 'mtu 1500 '
	check_eq route "$(in_ns two ip route show 10.0.0.0/8)" ''
}

background()
{
	local pid

	in_ns three ipsecd -s "$net_dir/bg/ipsecd.sock" -f "$net_dir/bg.startup"
	check_eq 'mode of the directory' "$(stat -c %a "$net_dir/bg")" 700
	in_ns three ipsecctl -s "$net_dir/bg/ipsecd.sock" show version >/dev/null
	pid=$(in_ns three ss -Hxlp "src $net_dir/bg/ipsecd.sock" | sed -n 's/.*pid=\([0-9]*\).*/\1/p')
	check_eq 'cores allowed' "$(awk '/core file/ { print $5 }' "/proc/$pid/limits")" 0
	kill "$pid"
	wait_for 10 gone "$pid"
}

no_module()
{
	rmmod cryptomap
	check_match text "$(check_fails timeout 20 ip netns exec one ipsecd -F -s "$net_dir/x.sock")" \
		'module|cryptomap'
	modprobe cryptomap
}

modprobe cryptomap
ktap_case 'three routers' eval 'branch one; branch two; branch three'
ktap_case 'a whole configuration of a router loads' whole_configuration
ktap_case 'an ISR with NAT, zones, VRF, OSPF, BGP and banners' other_router isr2911 0/2
ktap_case 'an ASR with IPv6, MPLS and telemetry' other_router asr1001 0/0/0
ktap_case 'running-config, reload, running-config: identical' identity
ktap_case 'refused lines by number with their text' refused_lines
ktap_case 'the kernel refuses: nothing half-applied' kernel_refuses
ktap_case 'saved, restarted, erased' saved
ktap_case 'a startup configuration in ISO 8859-1' old_characters
ktap_case 'not root: refused' not_for_everybody
ktap_case 'keys are in no argument and no log' keys_hidden
ktap_case 'exit statuses' exit_statuses
ktap_case 'everything taken back' taken_back
ktap_case 'in the background' background
ktap_case 'without the module: a clear text' no_module
ktap_finish
