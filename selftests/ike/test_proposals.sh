#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 100
#
# Peers of others whose proposals differ from ours in one attribute: nothing
# comes of it, whoever begins, and our log has both sides' wishes next to each
# other and says which attribute it is; when they refuse, what they were offered.
# Then ours is mended, and the tunnel comes up, whoever begins.
#
# Each row is a peer of its own (table.sh), all at the same time.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/table.sh
. "$(dirname "$0")/table.sh"
# shellcheck source=selftests/ike/pki.sh
. "$(dirname "$0")/pki.sh"

# Theirs: what is different | encryption | hash | group | authentication | lifetime |
# transform set | PFS | mode | length of their network's prefix
rows=(
	'encryption|3des|sha256|19|psk|3000|esp-aes esp-sha-hmac|14|tunnel|24'
	'key length|aes256|sha256|19|psk|3000|esp-aes esp-sha-hmac|14|tunnel|24'
	'hash|aes|sha|19|psk|3000|esp-aes esp-sha-hmac|14|tunnel|24'
	'group|aes|sha256|14|psk|3000|esp-aes esp-sha-hmac|14|tunnel|24'
	'authentication|aes|sha256|19|rsa|3000|esp-aes esp-sha-hmac|14|tunnel|24'
	'lifetime|aes|sha256|19|psk|9000|esp-aes esp-sha-hmac|14|tunnel|24'
	'cipher|aes|sha256|19|psk|3000|esp-3des esp-sha-hmac|14|tunnel|24'
	'key length of the cipher|aes|sha256|19|psk|3000|esp-aes 256 esp-sha-hmac|14|tunnel|24'
	'authenticator|aes|sha256|19|psk|3000|esp-aes esp-sha256-hmac|14|tunnel|24'
	'PFS group|aes|sha256|19|psk|3000|esp-aes esp-sha-hmac|5|tunnel|24'
	'no PFS|aes|sha256|19|psk|3000|esp-aes esp-sha-hmac||tunnel|24'
	'mode|aes|sha256|19|psk|3000|esp-aes esp-sha-hmac|14|transport|24'
	'proxies|aes|sha256|19|psk|3000|esp-aes esp-sha-hmac|14|tunnel|25'
)
METHOD=5 LIFETIME=6 PFS_GROUP=10 NO_PFS=11 MODE=12 PROXIES=13

# What our log says when they begin; @ is the peer.
ours='policy 10: encryption AES-CBC 128, hash SHA256, group 19, auth pre-share, lifetime 3600'
set_t='transform set T is .*AES-CBC 128, auth HMAC-SHA, mode tunnel, group 14'
they_say=(''
	"encryption 3DES-CBC, hash SHA256, group 19, .*; $ours; differs in encryption: 3DES-CBC offered, AES-CBC wanted"
	"encryption AES-CBC 256, .*; $ours; differs in key length: 256 offered, 128 wanted"
	"hash SHA, .*; $ours; differs in hash: SHA offered, SHA256 wanted"
	"group 14, .*; $ours; differs in group: 14 offered, 19 wanted"
	"auth RSA sig.*; $ours; differs in auth: RSA sig offered, pre-share wanted"
	"lifetime [0-9]+; $ours; differs in lifetime: [0-9]+ offered, at most 3600 wanted"
	"3DES.*; $set_t.*; differs in transform: .*3DES.* offered, .*AES.* wanted"
	"AES-CBC 256.*; $set_t.*; differs in key length: 256 offered, 128 wanted"
	"HMAC-SHA256.*; $set_t.*; differs in auth: HMAC-SHA256 offered, HMAC-SHA wanted"
	"group 5.*; $set_t.*; differs in PFS group: 5 offered, 14 wanted"
	"; $set_t.*; differs in PFS group: none offered, 14 wanted"
	"mode transport.*; transform set T is .*mode tunnel, .*; differs in mode: transport offered, tunnel wanted"
	"quick mode with @: no crypto map entry for this peer protects 10\.1\.0\.0/255\.255\.255\.0/0/0 to 10\.2\.13\.0/255\.255\.255\.128/0/0"
)

# row N: its columns, for the caller
row()
{
	# shellcheck disable=SC2034 # not every caller needs all
	IFS='|' read -r what encryption hash group auth lifetime set pfs mode prefix <<<"${rows[$1 - 1]}"
}

# Those of the rows that they refuse as well.  That they take a lifetime that is
# longer, tunnel mode in place of the other, and PFS that they did not want is
# theirs to decide; libreswan takes PFS with any group.
refused_by_them()
{
	local n

	for ((n = 1; n <= ${#rows[@]}; n++)); do
		case $n in
		"$LIFETIME" | "$NO_PFS" | "$MODE") ;;
		"$PFS_GROUP") [ "$peer" = pluto ] || echo "$n" ;;
		*) echo "$n" ;;
		esac
	done
}

# What we say then.  libreswan does not answer if it has no connection for the
# method of authentication.
we_say()
{
	case $1 in
	"$METHOD") echo '@ has refused transform 1: .*auth pre-share|peer @ says AUTHENTICATION_FAILED|no IKE SA with @: ' ;;
	[1-5]) echo '@ has refused transform 1: encryption AES-CBC 128, hash SHA256, group 19, auth pre-share|peer @ says AUTHENTICATION_FAILED' ;;
	"$PROXIES") echo 'peer @ says |quick mode with @: ' ;;
	*) echo '@ has refused transform set T: .*AES-CBC 128, auth HMAC-SHA, mode tunnel, group 14' ;;
	esac
}

prepare()
{
	(peers_install strongswan && peers_install libreswan) &
	pki_key ours &
	pki_key theirs &
	pki_authority good
	wait
	pki_issue good ours ours IP:192.0.2.1
	pki_issue good theirs theirs "IP:$(row_address 5)"
	[ -e /run/peers-strongswan ] && [ -e /run/peers-libreswan ]
}

our_config()
{
	local n what encryption hash group auth lifetime set pfs mode prefix network

	cat <<-CONF
		crypto isakmp policy 10
		 encryption aes
		 hash sha256
		 authentication pre-share
		 group 19
		 lifetime 3600
		crypto ipsec transform-set T esp-aes esp-sha-hmac
	CONF
	for ((n = 1; n <= ${#rows[@]}; n++)); do
		row "$n"
		network="10.1.0.0 0.0.0.255 10.2.$n.0 0.0.0.255"
		[ "$mode" = tunnel ] || network="host 192.0.2.1 host $(row_address "$n")"
		cat <<-CONF
			ip access-list extended A$n
			 permit ip $network
			crypto isakmp key cisco123 address $(row_address "$n")
			crypto map M $n ipsec-isakmp
			 set peer $(row_address "$n")
			 set transform-set T
			 set pfs group14
			 match address A$n
		CONF
	done
	cat <<-CONF
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 crypto map M
	CONF
}

# What makes ours fit theirs, of phase 1 and phase 2.  strongSwan would take the
# first of both methods, and then refuse it.
our_policies()
{
	local n what encryption hash group auth lifetime set pfs mode prefix

	cat <<-CONF
		no crypto isakmp key cisco123 address $(row_address "$METHOD")
		crypto pki trustpoint A
		 ca file $pki/good.ca.pem
		 certificate file $pki/ours.pem
		 key file $pki/ours.key.pem
	CONF
	for ((n = 1; n <= LIFETIME; n++)); do
		row "$n"
		cat <<-CONF
			crypto isakmp policy 2$n
			 encryption ${encryption/aes256/aes 256}
			 hash $hash
			 authentication $([ "$auth" = psk ] && echo pre-share || echo rsa-sig)
			 group $group
			 lifetime 9999
		CONF
	done
}

our_terms()
{
	local n what encryption hash group auth lifetime set pfs mode prefix

	for ((n = LIFETIME + 1; n <= ${#rows[@]}; n++)); do
		row "$n"
		cat <<-CONF
			crypto ipsec transform-set T$n $set
			 mode $mode
			crypto map M $n ipsec-isakmp
			 set transform-set T$n
			 $([ -n "$pfs" ] && echo "set pfs group$pfs" || echo 'no set pfs')
		CONF
	done
	cat <<-CONF
		ip access-list extended A$PROXIES
		 no permit ip 10.1.0.0 0.0.0.255 10.2.$PROXIES.0 0.0.0.255
		 permit ip 10.1.0.0 0.0.0.255 10.2.$PROXIES.0 0.0.0.127
	CONF
}

charon_config()
{
	local n what encryption hash group auth lifetime set pfs mode prefix

	echo 'connections {'
	for ((n = 1; n <= ${#rows[@]}; n++)); do
		row "$n"
		cat <<-CONF
			gw$n {
				version = 1
				local_addrs = $(row_address "$n")
				remote_addrs = 192.0.2.1
				proposals = $(their_ike charon "$encryption" "$hash" "$group")
				rekey_time = $lifetime
				over_time = 100
				local {
					auth = ${auth/rsa/pubkey}
					$([ "$auth" = psk ] || echo "certs = $pki/theirs.pem")
					$([ "$auth" = psk ] || echo "id = $(row_address "$n")")
				}
				remote { auth = ${auth/rsa/pubkey} }
				children {
					a$n {
						mode = $mode
						$([ "$mode" = transport ] || echo "local_ts = 10.2.$n.0/$prefix")
						$([ "$mode" = transport ] || echo "remote_ts = 10.1.0.0/24")
						esp_proposals = $(their_esp charon "$set" "$pfs")
					}
				}
			}
		CONF
	done
	echo '}'
	echo 'secrets { ike { secret = "cisco123" } }'
	mkdir -p "$net_dir/r2/x509ca" "$net_dir/r2/rsa"
	cp "$pki/good.ca.pem" "$net_dir/r2/x509ca"
	cp "$pki/theirs.key.pem" "$net_dir/r2/rsa"
}

pluto_config()
{
	# shellcheck disable=SC2034 # row sets all
	local n what encryption hash group auth lifetime set pfs mode prefix

	for ((n = 1; n <= ${#rows[@]}; n++)); do
		row "$n"
		cat <<-CONF
			conn a$n
			ikev2=no
			left=$(row_address "$n")
			right=192.0.2.1
			leftid=$(row_address "$n")
			leftupdown=%disabled
			ike=$(their_ike pluto "$encryption" "$hash" "$group")
			ikelifetime=${lifetime}s
			esp=$(their_esp pluto "$set" "$pfs")
			type=$mode
		CONF
		[ "$mode" = transport ] ||
			printf '%s\n' "leftsubnet=10.2.$n.0/$prefix" rightsubnet=10.1.0.0/24
		[ -n "$pfs" ] && echo 'pfs=yes' || echo 'pfs=no'
		[ "$auth" = psk ] && echo authby=secret ||
			printf '%s\n' authby=rsasig leftcert=theirs rightrsasigkey=%cert
	done
	echo '# secrets'
	echo ': PSK "cisco123"'
}

pluto_nss()
{
	pki_import "$1" good theirs theirs
}

both_start()
{
	explain
	daemon_start r1 && our_config | configure r1 >/dev/null
	"$1_start" r2 && "$1_config" | "$1_load" r2 >/dev/null
}

both_stop()
{
	explain
	daemon_stop r1
	rm "$net_dir/r1.pid"
	ctl_flush
	"$1_stop" r2
	ip -n r2 xfrm state flush
	ip -n r2 xfrm policy flush
}

# Whom a row's traffic is with: their network, or themselves.
target()
{
	[ "$1" = "$MODE" ] && row_address "$1" || echo "10.2.$1.2"
}

origin()
{
	[ "$1" = "$MODE" ] && echo r1 || echo h1
}

# try_all we|they ROW...: at the same time
try_all()
{
	local who=$1 n

	shift
	for n; do
		"${who}_try" "$n" >/dev/null 2>&1 &
	done
	wait
}

# comes_to_nothing ROW REGEX
comes_to_nothing()
{
	local address

	explain
	address=$(row_address "$1")
	wait_for 20 logged "${2//@/${address//./\\.}}"
}

# nothing_is_up NAME ROW...: and they stop trying
nothing_is_up()
{
	local n name=$1

	explain
	shift
	check_eq 'their SAs' "$(their_states)" ''
	check_eq 'our SAs' "$(our_sas)" 0
	capture_stop "$name"
	check_eq 'packets not of IKE' "$(capture_count "$name" not udp port 500)" 0
	for n; do
		they_give_up "$n" >/dev/null 2>&1 &
	done
	wait
	ctl r1 clear crypto session >/dev/null
}

# try_and_fail we|they ROW...
try_and_fail()
{
	local who=$1 n log_from says

	shift
	log_from=$(wc -l <"$net_dir/r1.log")
	capture_start "$peer-$who" wire r1 ip
	ktap_case "$peer: $who begin: $# with another proposal" try_all "$who" "$@"
	for n; do
		[ "$who" = they ] && says=${they_say[n]} || says=$(we_say "$n")
		ktap_case "$peer: $who begin: another ${rows[n - 1]%%|*}" comes_to_nothing "$n" "$says"
	done
	ktap_case "$peer: $who begin: nothing is up" nothing_is_up "$peer-$who" "$@"
}

mend()
{
	explain
	our_policies | configure r1 >/dev/null
	our_terms | configure r1 >/dev/null
}

# Two SAs for each row, and all that goes over the wire is encrypted.
all_are_up()
{
	local n

	explain
	capture_stop "$1"
	diff <(for ((n = 1; n <= ${#rows[@]}; n++)); do echo "$(row_address "$n") x2"; done | sort) \
		<(their_states | cut -d' ' -f1,5 | sort)
	check_eq 'packets in clear' "$(capture_count "$1" not esp and not udp port 500)" 0
	diff <(for ((n = 1; n <= ${#rows[@]}; n++)); do
		printf "$(row_address "$n") %s\n" from to
	done | sort) <(tcpdump -n -r "$(capture_file "$1")" esp 2>/dev/null | awk '
		{ sub(/:$/, "", $5); print $3 == "192.0.2.1" ? $5 " to" : $3 " from" }' | sort -u)
}

all_answer()
{
	local n

	for ((n = 1; n <= ${#rows[@]}; n++)); do
		ping_ok "$(origin "$n")" "$(target "$n")" 2 -W 60 || touch "$net_dir/unreachable" &
	done
	wait
	[ ! -e "$net_dir/unreachable" ]
}

we_connect()
{
	explain
	table_clear "$peer"
	all_answer
}

they_connect()
{
	local n

	explain
	table_clear "$peer"
	for ((n = 1; n <= ${#rows[@]}; n++)); do
		their_initiate "$peer" "a$n" >/dev/null 2>&1 || echo "a$n: refused" &
	done
	wait
	all_answer
}

table_topology "${#rows[@]}"
modprobe cryptomap
ktap_case 'certificates' prepare
for peer in ${PEERS:-charon pluto}; do
	ktap_case "$peer: ${#rows[@]} peers" both_start "$peer"
	# shellcheck disable=SC2046 # numbers
	try_and_fail they $(seq "${#rows[@]}")
	# shellcheck disable=SC2046 # numbers
	try_and_fail we $(refused_by_them)
	ktap_case "$peer: ours is mended" mend
	# First ours, which want their tunnels: a changed configuration is tried at once.
	for who in we they; do
		capture_start "$peer-$who-up" wire r1 ip
		ktap_case "$peer: $who begin: all answer" "${who}_connect"
		ktap_case "$peer: $who begin: all are up and encrypted" all_are_up "$peer-$who-up"
	done
	ktap_case "$peer: stopped" both_stop "$peer"
done
ktap_finish
