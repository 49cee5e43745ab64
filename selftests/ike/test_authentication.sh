#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# takes: 120
#
# Who the other one is, with peers of others, who begins being us and being them:
# certificates in main and aggressive mode with each kind of identity, aggressive
# mode with pre-shared keys.  And nobody gets in by a wrong key or certificate, a
# foreign authority, a wrong identity, or by aggressive mode that is not
# configured: our log says why.
#
# Each row is a peer of its own (table.sh), all at the same time.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=selftests/ike/table.sh
. "$(dirname "$0")/table.sh"
# shellcheck source=selftests/ike/pki.sh
. "$(dirname "$0")/pki.sh"

# Rows of the table.
ENDPOINT=1 BY_NAME=2 AGGRESSIVE_RSA=3 ADDRESS=4 SUBJECT=5 AGGRESSIVE_HERE=6
AGGRESSIVE_THERE=7 AGGRESSIVE_KEY=8 MAIN_KEY=9 STRANGER=10 EXPIRED=11
BARE=12 PROFILE=13 ALIEN=14 IMPOSTOR=15
rows=15

# With whom it comes to something when who begins, and how: message 1's mode and
# the method (1 pre-shared keys, 3 RSA signatures).
# shellcheck disable=SC2034 # by reference
declare -A up_we=([$ENDPOINT]='agg 1' [$AGGRESSIVE_RSA]='agg 3' [$ADDRESS]='ident 3'
	[$SUBJECT]='ident 3')
# shellcheck disable=SC2034 # by reference
declare -A up_they=([$BY_NAME]='agg 1' [$AGGRESSIVE_RSA]='agg 3'
	[$ADDRESS]='ident 3' [$SUBJECT]='ident 3' [$AGGRESSIVE_HERE]='ident 1')

declare -A names=([$ENDPOINT]='aggressive mode, pre-shared keys, client-endpoint'
	[$BY_NAME]='aggressive mode, pre-shared key by name'
	[$AGGRESSIVE_RSA]='aggressive mode, certificates, names'
	[$ADDRESS]='main mode, certificates, addresses'
	[$SUBJECT]='main mode, certificates, subjects'
	[$AGGRESSIVE_HERE]='aggressive mode that only we have configured'
	[$AGGRESSIVE_THERE]='aggressive mode that only they have configured'
	[$AGGRESSIVE_KEY]='aggressive mode, wrong key' [$MAIN_KEY]='main mode, wrong key'
	[$STRANGER]='certificate of a foreign authority'
	[$EXPIRED]='certificate that has expired'
	[$BARE]='no certificate' [$PROFILE]='identity of somebody else'
	[$ALIEN]='our certificate is of an authority they do not know'
	[$IMPOSTOR]='certificate of somebody else')

# What our log says of a negotiation that comes to nothing; @ is the peer.
no_trust='IKMP_INVAL_CERT: Certificate received from @ is bad: '
says='peer @ says |failed with peer at @: (no answer|the peer refuses)'
declare -A no_we=([$AGGRESSIVE_HERE]=$says [$AGGRESSIVE_THERE]=$says
	[$AGGRESSIVE_KEY]='from @ failed .*: HASH is wrong \(do both sides have the same pre-shared key'
	[$STRANGER]="${no_trust}certificate of CN=stranger,O=test: unable to get local issuer"
	[$EXPIRED]="${no_trust}certificate of CN=expired,O=test: certificate has expired"
	[$BARE]="${no_trust}there is no X.509 certificate"
	[$PROFILE]="failed with peer at @: identity @ does not match ISAKMP profile P$PROFILE"
	[$ALIEN]=$says
	[$IMPOSTOR]='the certificate of CN=theirs,O=test is not for the identity')
no_proof='peer @ says |failed with peer at @: no answer to our proof \(do both sides have'
declare -A no_they=(
	[$AGGRESSIVE_THERE]='IKMP_AG_MODE_DISABLED: Unable to respond to Aggressive Mode from @'
	[$MAIN_KEY]='from @ failed .*(pre-shared key|malformed|does not make sense)'
	[$STRANGER]=${no_we[$STRANGER]} [$EXPIRED]=${no_we[$EXPIRED]} [$BARE]=${no_we[$BARE]}
	[$PROFILE]="quick mode with @: crypto map M $PROFILE is for peers of ISAKMP profile P$PROFILE"
	[$IMPOSTOR]=${no_we[$IMPOSTOR]})

make_certificates()
{
	local row alternatives=DNS:theirs.example

	for row in "$ADDRESS" "$BARE" "$PROFILE" "$ALIEN"; do
		alternatives+=,IP:$(row_address "$row")
	done
	pki_key ours &
	pki_key theirs &
	pki_authority good &
	pki_authority other &
	wait
	(
		pki_issue good ours ours IP:192.0.2.1,DNS:ours.example
		pki_issue good theirs theirs "$alternatives"
		pki_issue good theirs expired "IP:$(row_address "$EXPIRED")" 20200201000000Z
	) &
	pki_issue other theirs stranger "IP:$(row_address "$STRANGER")"
	# Not with our other key, whose good certificate they have seen by then.
	pki_issue other theirs alien IP:192.0.2.1
	wait
	openssl x509 -noout -in "$pki/expired.pem"
}

# The daemons are copied meanwhile.
prepare()
{
	(peers_install strongswan && peers_install libreswan) &
	make_certificates
	wait
	[ -e /run/peers-strongswan ] && [ -e /run/peers-libreswan ]
}

# our_profile ROW TRUSTPOINT MATCH [SELF-IDENTITY]
our_profile()
{
	cat <<-CONF
		crypto isakmp profile P$1
		 ca trust-point $2
		 match identity $3
	CONF
	[ -z "${4-}" ] || echo " self-identity $4"
}

our_config()
{
	local row

	cat <<-CONF
		hostname ours
		ip domain name example
		crypto pki trustpoint A
		 ca file $pki/good.ca.pem
		 certificate file $pki/ours.pem
		 key file $pki/ours.key.pem
		crypto pki trustpoint Z
		 ca file $pki/good.ca.pem
		 certificate file $pki/alien.pem
		 key file $pki/theirs.key.pem
		crypto isakmp policy 10
		 encryption aes
		 hash sha256
		 authentication pre-share
		 group 19
		crypto isakmp policy 20
		 encryption aes
		 hash sha256
		 group 19
		crypto isakmp identity dn
		crypto isakmp key cisco123 hostname theirs$BY_NAME.example
	CONF
	for row in "$ENDPOINT" "$AGGRESSIVE_HERE" "$AGGRESSIVE_THERE"; do
		echo "crypto isakmp key cisco123 address $(row_address "$row")"
	done
	for row in "$AGGRESSIVE_KEY" "$MAIN_KEY"; do
		echo "crypto isakmp key wrong address $(row_address "$row")"
	done
	for row in "$ENDPOINT" "$AGGRESSIVE_HERE" "$AGGRESSIVE_KEY"; do
		cat <<-CONF
			crypto isakmp peer address $(row_address "$row")
			 set aggressive-mode client-endpoint fqdn ours.example
		CONF
	done
	our_profile "$AGGRESSIVE_RSA" A 'host theirs.example' fqdn
	echo ' initiate mode aggressive'
	our_profile "$ADDRESS" A "address $(row_address "$ADDRESS")" address
	our_profile "$PROFILE" A 'host somebody.example'
	our_profile "$ALIEN" Z "address $(row_address "$ALIEN")" address
	echo 'crypto ipsec transform-set T esp-aes esp-sha-hmac'
	for ((row = 1; row <= rows; row++)); do
		cat <<-CONF
			ip access-list extended A$row
			 permit ip 10.1.0.0 0.0.0.255 10.2.$row.0 0.0.0.255
			crypto map M $row ipsec-isakmp
			 set peer $(row_address "$row")
			 set transform-set T
			 match address A$row
		CONF
		case $row in
		"$AGGRESSIVE_RSA" | "$ADDRESS" | "$PROFILE" | "$ALIEN")
			echo " set isakmp-profile P$row"
			;;
		esac
	done
	cat <<-CONF
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 crypto map M
	CONF
}

# What they call themselves and expect of us, and how: sets those of the caller.
theirs()
{
	method=psk aggressive=no certificate='' send=always me='' you=''
	case $1 in
	"$ENDPOINT" | "$AGGRESSIVE_KEY") aggressive=yes you=ours.example ;;
	"$BY_NAME") aggressive=yes me=theirs$1.example you=192.0.2.1 ;;
	"$AGGRESSIVE_THERE") aggressive=yes ;;
	"$AGGRESSIVE_HERE" | "$MAIN_KEY") ;;
	*) method=rsa certificate=theirs me=$(row_address "$1") you='O=test, CN=ours' ;;
	esac
	case $1 in
	"$AGGRESSIVE_RSA") aggressive=yes me=theirs.example you=ours.example ;;
	"$SUBJECT") me='O=test, CN=theirs' ;;
	"$STRANGER") certificate=stranger ;;
	"$EXPIRED") certificate=expired ;;
	"$BARE") send=never ;;
	"$ADDRESS" | "$ALIEN") you=192.0.2.1 ;;
	esac
}

charon_config()
{
	local row method aggressive certificate send me you

	echo 'connections {'
	for ((row = 1; row <= rows; row++)); do
		theirs "$row"
		cat <<-CONF
			gw$row {
				version = 1
				aggressive = $aggressive
				local_addrs = $(row_address "$row")
				remote_addrs = 192.0.2.1
				proposals = aes128-sha256-ecp256
				send_cert = $send
				local {
					auth = ${method/rsa/pubkey}
					${me:+id = \"$me\"}
					${certificate:+certs = $pki/$certificate.pem}
				}
				remote {
					auth = ${method/rsa/pubkey}
					${you:+id = \"$you\"}
				}
				children {
					a$row {
						local_ts = 10.2.$row.0/24
						remote_ts = 10.1.0.0/24
						esp_proposals = aes128-sha1
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

# pluto_id NAME: addresses and subjects as they are, other names with an @
pluto_id()
{
	case $1 in
	*=* | *[0-9]) echo "\"$1\"" ;;
	*) echo "@$1" ;;
	esac
}

# pluto_conn ROW
pluto_conn()
{
	local method aggressive certificate send me you

	theirs "$1"
	cat <<-CONF | sed '/^$/d'
		conn a$1
		ikev2=no
		authby=${method/psk/secret}
		aggressive=$aggressive
		left=$(row_address "$1")
		right=192.0.2.1
		leftsubnet=10.2.$1.0/24
		rightsubnet=10.1.0.0/24
		leftupdown=%disabled
		ike=aes128-sha2_256;dh19
		esp=aes128-sha1
		pfs=no
		${me:+leftid=$(pluto_id "$me")}
		${you:+rightid=$(pluto_id "$you")}
		${certificate:+leftcert=$certificate}
		${certificate:+leftsendcert=$send}
		${certificate:+rightrsasigkey=%cert}
	CONF
}

pluto_config()
{
	local row

	for ((row = 1; row <= rows; row++)); do
		[ "$row" = "$EXPIRED" ] || pluto_conn "$row"
	done
	echo '# secrets'
	echo ': PSK "cisco123"'
}

# Before pluto starts: the daemon has the database open.
pluto_nss()
{
	pki_import "$1" good theirs theirs stranger expired
}

# It does not load a certificate that has expired: one was loaded in time.
pluto_load_in_time()
{
	local now since up

	now=$(date +%s)
	read -r since _ </proc/uptime
	date -s @1579046400 >/dev/null
	pluto_conn "$EXPIRED" | pluto_load r2 || echo 'expired in time, too'
	read -r up _ </proc/uptime
	date -s "@$((now + ${up%.*} - ${since%.*}))" >/dev/null
}

start()
{
	explain
	"$peer_start" r2
	[ "$peer" = charon ] || pluto_load_in_time >/dev/null
	"${peer}_config" | "${peer}_load" r2 >/dev/null
}

ours_start()
{
	explain
	daemon_start r1 && our_config | configure r1 >/dev/null
}

we_begin()
{
	explain
	ping_ok h1 "10.2.$1.2" 2 -W 60
}

they_begin()
{
	explain
	their_initiate "$peer" "a$1"
	ping_ok h2 10.1.0.2 2 -I "10.2.$1.2"
}

# What went over the wire: "PEER WHAT", of ident and agg (modes) and ESP to either side.
seen()
{
	tcpdump -n -r "$(capture_file "$1")" 2>/dev/null | awk '
		{ sub(/:$/, "", $5); peer = $3 ~ /^192\.0\.2\.1(\.500)?$/ ? $5 : $3; sub(/\.500$/, "", peer) }
		/phase 1 . (ident|agg)/ { print peer, $0 ~ /ident/ ? "ident" : "agg" }
		/ESP\(/ { print peer, $3 == peer ? "from" : "to" }' | sort -u
}

# expect_all we|they: those of the list, as it says, encrypted and nothing in clear
expect_all()
{
	local -n wanted=up_$1
	local row

	explain
	capture_stop "$peer-$1"
	check_eq 'packets in clear' \
		"$(capture_count "$peer-$1" not esp and not udp port 500)" 0
	diff <(for row in "${!wanted[@]}"; do
		printf "$(row_address "$row") %s\n" "${wanted[$row]% *}" from to
	done | sort -u) <(seen "$peer-$1")
	diff <(for row in "${!wanted[@]}"; do
		echo "$(row_address "$row") ${wanted[$row]#* } $([ "$1" = we ] && echo True || echo False)"
	done | sort) <(json r1 "'\\n'.join(sorted('%s %s %s' % (s['remote'], s['auth'], s['initiator'])
		for s in v['isakmp_sas'] if s['established']))" show crypto isakmp sa | sort)
	diff <(for row in "${!wanted[@]}"; do echo "$row True True"; done | sort) \
		<(json r1 "'\\n'.join('%s %s %s' % (f['sequence'], f['counters']['encaps'] >= 2,
			f['counters']['decaps'] >= 2) for m in v['crypto-maps'] for f in m['flows']
			if f['counters']['encaps'] or f['counters']['decaps'])" show crypto ipsec sa | sort)
}

# clear_all they|ROWS...: no SAs here and there
clear_all()
{
	local row

	explain
	[ "$peer" = charon ] || for row; do they_give_up "$row"; done
	ctl r1 clear crypto session >/dev/null
	ctl r1 clear crypto sa counters >/dev/null
	wait_for 60 value_is '' their_states
}

# try_all we|they ROW...: at the same time
try_all()
{
	local who=$1 row

	shift
	for row; do
		"${who}_try" "$row" >/dev/null 2>&1 &
	done
	wait
}

# comes_to_nothing ROW REGEX
comes_to_nothing()
{
	local address

	explain
	address=$(row_address "$1")
	wait_for 60 logged "${2//@/${address//./\\.}}"
}

# nothing_is_up we|they ROW...
nothing_is_up()
{
	local row name=$peer-no-$1

	explain
	shift
	check_eq 'their SAs' "$(their_states)" ''
	check_eq 'our SAs' "$(our_sas)" 0
	capture_stop "$name"
	check_eq 'packets not of IKE' "$(capture_count "$name" not udp port 500)" 0
	for row; do
		they_give_up "$row" >/dev/null 2>&1 &
	done
	wait
}

# Neither do we answer it then to those who are configured for it.
disabled()
{
	local log_from

	explain
	log_from=$(wc -l <"$net_dir/r1.log")
	echo 'crypto isakmp aggressive-mode disable' | configure r1
	they_try "$BY_NAME"
	comes_to_nothing "$BY_NAME" "${no_they[$AGGRESSIVE_THERE]}"
	they_give_up "$BY_NAME"
	echo 'no crypto isakmp aggressive-mode disable' | configure r1
	check_eq 'their SAs' "$(their_states)" ''
}

stop()
{
	"${peer}_stop" r2
	ip -n r2 xfrm state flush
	ip -n r2 xfrm policy flush
	ctl r1 clear crypto session >/dev/null
	check_eq 'our SAs' "$(our_sas)" 0
}

ours_stop()
{
	daemon_stop r1
	rm "$net_dir/r1.pid"
	ctl_flush
}

# each we|they LIST: rows of a list, in order; that of others' certificates with
# those only who do not look at it themselves
each()
{
	local -n list=$1
	local row

	for row in $(printf '%s\n' "${!list[@]}" | sort -n); do
		[ "$peer$row" = "charon$IMPOSTOR" ] || echo "$row"
	done
}

succeed()
{
	local row

	capture_start "$peer-$1" wire r1 ip
	for row in $(each "up_$1"); do
		ktap_case "$peer: $1 begin: ${names[$row]}" "$1_begin" "$row"
	done
	ktap_case "$peer: $1 begin: agreed upon and encrypted" expect_all "$1"
	# shellcheck disable=SC2046 # numbers
	ktap_case "$peer: $1 begin: cleared" clear_all $(each "up_$1")
}

fail_all()
{
	local -n why=no_$1
	local row tried log_from

	mapfile -t tried < <(each "no_$1")
	log_from=$(wc -l <"$net_dir/r1.log")
	capture_start "$peer-no-$1" wire r1 ip
	ktap_case "$peer: $1 begin: ${#tried[@]} who must not" try_all "$1" "${tried[@]}"
	for row in "${tried[@]}"; do
		ktap_case "$peer: $1 begin: ${names[$row]}" comes_to_nothing "$row" "${why[$row]}"
	done
	ktap_case "$peer: $1 begin: nothing is up" nothing_is_up "$1" "${tried[@]}"
}

table_topology "$rows"
modprobe cryptomap
ktap_case 'certificates' prepare
for peer in ${PEERS:-charon pluto}; do
	peer_start=${peer}_start
	# Another one each time: what traffic wanted last is wanted for a while.
	ktap_case "$peer: ours" ours_start
	ktap_case "$peer: $rows peers" start
	succeed we
	succeed they
	# That nobody answers takes its time.
	start=$(wc -l <"$net_dir/r1.log")
	ktap_case "$peer: we begin: ${names[$MAIN_KEY]}" we_try "$MAIN_KEY"
	fail_all they
	ktap_case "$peer: they begin: aggressive mode is disabled" disabled
	fail_all we
	log_from=$start
	ktap_case "$peer: we begin: ${names[$MAIN_KEY]}: refused" comes_to_nothing "$MAIN_KEY" "$no_proof"
	ktap_case "$peer: stopped" stop
	ktap_case "$peer: ours stopped" ours_stop
done
ktap_finish
