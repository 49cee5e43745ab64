#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# takes: 60
#
# Everything that we and they can encrypt, hash and agree upon a key with, each
# once with each peer in each role, over their stock xfrm data plane: ciphers,
# hashes and groups of phase 1; transform sets with and without PFS.
#
# All rows of the table are peers at the same time.  We offer the policies of all
# rows to each, which takes its own; they offer theirs and we find it among all.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/table.sh
. "$(dirname "$0")/table.sh"

# encryption | hash | group | transform set | PFS group
# shellcheck disable=SC2034 # by reference
charon_rows=(
	'aes|sha256|14|esp-aes esp-sha-hmac|14'
	'aes 192|sha|5|esp-aes 192 esp-sha256-hmac|21'
	'aes 256|sha384|15|esp-aes 256 esp-sha384-hmac|19'
	'3des|sha512|19|esp-aes esp-sha512-hmac|5'
	'aes|md5|16|esp-gcm|20'
	'aes 256|sha256|20|esp-gcm 192|15'
	'aes 192|sha512|21|esp-gcm 256|16'
	'des|sha|2|esp-des esp-md5-hmac|24'
	'3des|md5|24|esp-3des esp-sha-hmac|2'
	'des|md5|1|esp-null esp-sha256-hmac|1'
)
# It has only these groups for PFS with IKEv1.
# shellcheck disable=SC2034
pluto_rows=(
	'aes|sha256|14|esp-aes esp-sha-hmac|14'
	'aes 192|sha|5|esp-aes 192 esp-sha256-hmac|5'
	'aes 256|sha384|15|esp-aes 256 esp-sha384-hmac|15'
	'3des|sha512|19|esp-aes esp-sha512-hmac|16'
	'aes|md5|16|esp-gcm|14'
	'aes 256|sha256|20|esp-gcm 192|5'
	'aes 192|sha512|21|esp-gcm 256|14'
	'aes|sha|14|esp-null esp-sha256-hmac|5'
	'3des|md5|5|esp-3des esp-md5-hmac|14'
)

our_config()
{
	local row encryption hash group set pfs

	echo 'crypto isakmp key cisco123 address 192.0.2.0 255.255.255.0'
	for ((row = 1; row <= ${#rows[@]}; row++)); do
		IFS='|' read -r encryption hash group set pfs <<<"${rows[row - 1]}"
		cat <<-CONF
			crypto isakmp policy $row
			 encryption $encryption
			 hash $hash
			 authentication pre-share
			 group $group
			crypto ipsec transform-set T$row $set
			ip access-list extended A$row
			 permit ip 10.1.0.0 0.0.0.255 10.2.$row.0 0.0.0.255
			ip access-list extended B$row
			 permit ip 10.1.0.0 0.0.0.255 10.3.$row.0 0.0.0.255
			crypto map M ${row}0 ipsec-isakmp
			 set peer $(row_address "$row")
			 set transform-set T$row
			 match address A$row
			crypto map M ${row}5 ipsec-isakmp
			 set peer $(row_address "$row")
			 set transform-set T$row
			 set pfs group$pfs
			 match address B$row
		CONF
	done
	cat <<-CONF
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 crypto map M
	CONF
}

charon_config()
{
	local row encryption hash group set pfs

	echo 'connections {'
	for ((row = 1; row <= ${#rows[@]}; row++)); do
		IFS='|' read -r encryption hash group set pfs <<<"${rows[row - 1]}"
		cat <<-CONF
			gw$row {
				version = 1
				local_addrs = $(row_address "$row")
				remote_addrs = 192.0.2.1
				proposals = $(their_ike charon "$(one_word "$encryption")" "$hash" "$group")
				local { auth = psk }
				remote { auth = psk }
				children {
					a$row {
						local_ts = 10.2.$row.0/24
						remote_ts = 10.1.0.0/24
						esp_proposals = $(their_esp charon "$set")
					}
					b$row {
						local_ts = 10.3.$row.0/24
						remote_ts = 10.1.0.0/24
						esp_proposals = $(their_esp charon "$set" "$pfs")
					}
				}
			}
		CONF
	done
	echo '}'
	echo 'secrets { ike { secret = "cisco123" } }'
}

pluto_conn()
{
	cat <<-CONF
		conn $1
		ikev2=no
		authby=secret
		left=$(row_address "$row")
		right=192.0.2.1
		leftsubnet=$2
		rightsubnet=10.1.0.0/24
		leftupdown=%disabled
		ike=$(their_ike pluto "$(one_word "$encryption")" "$hash" "$group")
		esp=$3
		pfs=$4
	CONF
}

pluto_config()
{
	local row encryption hash group set pfs

	for ((row = 1; row <= ${#rows[@]}; row++)); do
		IFS='|' read -r encryption hash group set pfs <<<"${rows[row - 1]}"
		pluto_conn "a$row" "10.2.$row.0/24" "$(their_esp pluto "$set")" no
		pluto_conn "b$row" "10.3.$row.0/24" "$(their_esp pluto "$set" "$pfs")" yes
	done
	echo '# secrets'
	echo ': PSK "cisco123"'
}

both_start()
{
	daemon_start r1 && our_config | configure r1 >/dev/null
	"$1_start" r2 && "$1_config" | "$1_load" r2 >/dev/null
}

both_stop()
{
	daemon_stop r1
	rm "$net_dir/r1.pid"
	ctl_flush
	"$1_stop" r2
	ip -n r2 xfrm state flush
	ip -n r2 xfrm policy flush
}

# The first packet waits and is not lost.
we_begin()
{
	ping_ok h1 "10.2.$1.2" 2 -W 60
	ping_ok h1 "10.3.$1.2" 2 -W 60
}

they_begin()
{
	their_initiate "$peer" "a$1"
	their_initiate "$peer" "b$1"
	ping_ok h2 10.1.0.2 2 -I "10.2.$1.2"
	ping_ok h2 10.1.0.2 2 -I "10.3.$1.2"
}

# IANA's numbers
declare -A numbers=([des]=1/0 [3des]=5/0 [aes]=7/128 [aes192]=7/192 [aes256]=7/256
	[md5]=1 [sha]=2 [sha256]=4 [sha384]=5 [sha512]=6)

wanted_ike()
{
	local row encryption hash group set pfs

	for ((row = 1; row <= ${#rows[@]}; row++)); do
		IFS='|' read -r encryption hash group set pfs <<<"${rows[row - 1]}"
		echo "$(row_address "$row") ${numbers[$(one_word "$encryption")]}" \
			"${numbers[$hash]} $group $1"
	done | sort
}

our_ike()
{
	json r1 "'\\n'.join(sorted('%s %s/%s %s %s %s' % (s['remote'], s['encryption'],
		s['key_bits'], s['hash'], s['group'], s['initiator'])
		for s in v['isakmp_sas'] if s['established']))" show crypto isakmp sa
}

# What their kernel calls a transform set.
kernel_names()
{
	local set=$1 auth='-' bits cipher

	case $set in
	*sha-hmac) auth='hmac(sha1)' ;;
	*sha*-hmac) auth=${set##*esp-} auth="hmac(${auth%-hmac})" ;;
	*md5-hmac) auth='hmac(md5)' ;;
	esac
	bits=$(sed -n 's/^esp-[a-z]* \([0-9]*\).*/\1/p' <<<"$set")
	bits=${bits:-128}
	case $set in
	esp-aes*) cipher='cbc(aes)' ;;
	# with four bytes of salt
	esp-gcm*) cipher='rfc4106(gcm(aes))' bits=$((bits + 32)) ;;
	esp-null*) cipher='ecb(cipher_null)' bits=0 ;;
	esp-3des*) cipher='cbc(des3_ede)' bits=192 ;;
	esp-des*) cipher='cbc(des)' bits=64 ;;
	esac
	echo "$cipher $bits $auth"
}

wanted_states()
{
	local row encryption hash group set pfs

	for ((row = 1; row <= ${#rows[@]}; row++)); do
		IFS='|' read -r encryption hash group set pfs <<<"${rows[row - 1]}"
		echo "$(row_address "$row") $(kernel_names "$set") x4"
	done | sort
}

# Lines "CONNECTION GROUP" of SAs with PFS, as they see it.
charon_pfs()
{
	# That of an IKE SA stands behind its version.
	charon r2 --list-sas --raw | grep -o 'version=\|name=[ab][0-9]*\|dh-group=[A-Z0-9_]*' |
		awk -F= '$1 == "version" { name = "" } $1 == "name" { name = $2 }
			$1 == "dh-group" && name { print name, $2 }'
}

pluto_pfs()
{
	pluto r2 --status | sed -n 's/.*"\([ab][0-9]*\)": *ESP algorithm newest: .*pfsgroup=\(.*\)/\1 \2/p' |
		grep -v '<N/A>\|<none>' || true
}

agreed_upon()
{
	diff <(wanted_ike "$1") <(our_ike)
	diff <(wanted_states) <(their_states)
	# each row's second, and none of the first
	check_eq 'with PFS' "$("${peer}_pfs" | cut -d' ' -f1 | sort -V | tr '\n' ' ')" \
		"$(seq -f 'b%g' "${#rows[@]}" | tr '\n' ' ')"
}

# Of all that went over the wire meanwhile.
protected()
{
	local row

	capture_stop "$1"
	capture_show "$1" not esp | head -n 5
	check_eq 'packets in clear' "$(capture_count "$1" not esp)" 0
	capture_show "$1" | grep -o '192\.0\.2\.1[0-9]*: ESP(spi=0x[0-9a-f]*' | sort | uniq -c \
		>"$net_dir/$1.spis"
	check_eq 'SPIs to us' "$(grep -c ' 192.0.2.1:' "$net_dir/$1.spis")" $((2 * ${#rows[@]}))
	check_eq 'SPIs to them' "$(grep -vc ' 192.0.2.1:' "$net_dir/$1.spis")" $((2 * ${#rows[@]}))
}

table_topology 10
modprobe cryptomap
for peer in ${PEERS:-charon pluto}; do
	declare -n rows=${peer}_rows
	ktap_case "$peer: ${#rows[@]} peers" both_start "$peer"
	for role in we_begin they_begin; do
		[ "$role" = we_begin ] && initiator=True || initiator=False
		capture_start "$peer-$role" wire r1 'ip and not udp port 500'
		for ((row = 1; row <= ${#rows[@]}; row++)); do
			ktap_case "$peer: ${role//_/ }: ${rows[row - 1]//|/, }" "$role" "$row"
		done
		ktap_case "$peer: ${role//_/ }: agreed upon" agreed_upon "$initiator"
		ktap_case "$peer: ${role//_/ }: nothing in clear" protected "$peer-$role"
		ktap_case "$peer: ${role//_/ }: cleared" table_clear "$peer"
	done
	ktap_case "$peer: stopped" both_stop "$peer"
done
ktap_finish
