# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# One daemon of theirs on r2 that stands for a peer for each row of a table, so
# that nothing has to be configured anew from row to row: row N is the peer
# 192.0.2.(100 + N), with 10.2.N.0/24 and 10.3.N.0/24 behind it.  After ike.sh.

# shellcheck disable=SC2154 # net_dir, peer: net.sh and who includes this

# What they call what we call so.
# shellcheck disable=SC2034 # by reference
declare -A charon_names=(
	[aes]=aes128 [aes192]=aes192 [aes256]=aes256 [3des]=3des [des]=des
	[md5]=md5 [sha]=sha1 [sha256]=sha256 [sha384]=sha384 [sha512]=sha512
	[1]=modp768 [2]=modp1024 [5]=modp1536 [14]=modp2048 [15]=modp3072 [16]=modp4096
	[19]=ecp256 [20]=ecp384 [21]=ecp521 [24]=modp2048s256
	[esp-aes]=aes128 [esp-aes192]=aes192 [esp-aes256]=aes256
	[esp-gcm]=aes128gcm16 [esp-gcm192]=aes192gcm16 [esp-gcm256]=aes256gcm16
	[esp-null]=null [esp-3des]=3des [esp-des]=des
	[esp-md5-hmac]=md5 [esp-sha-hmac]=sha1 [esp-sha256-hmac]=sha256
	[esp-sha384-hmac]=sha384 [esp-sha512-hmac]=sha512
)
# shellcheck disable=SC2034
declare -A pluto_names=(
	[aes]=aes128 [aes192]=aes192 [aes256]=aes256 [3des]=3des
	[md5]=md5 [sha]=sha1 [sha256]=sha2_256 [sha384]=sha2_384 [sha512]=sha2_512
	[5]=modp1536 [14]=modp2048 [15]=modp3072 [16]=modp4096
	[19]=dh19 [20]=dh20 [21]=dh21
	[esp-aes]=aes128 [esp-aes192]=aes192 [esp-aes256]=aes256
	[esp-gcm]=aes_gcm128 [esp-gcm192]=aes_gcm192 [esp-gcm256]=aes_gcm256
	[esp-null]=null [esp-3des]=3des
	[esp-md5-hmac]=md5 [esp-sha-hmac]=sha1 [esp-sha256-hmac]=sha2_256
	[esp-sha384-hmac]=sha2_384 [esp-sha512-hmac]=sha2_512
)

# their_name PEER NAME
their_name()
{
	local -n names=$1_names

	echo "${names[$2]}"
}

# their_ike PEER ENCRYPTION HASH GROUP: as one word of their configuration
their_ike()
{
	local between=-

	[ "$1" = pluto ] && between=';'
	echo "$(their_name "$1" "$2")-$(their_name "$1" "$3")$between$(their_name "$1" "$4")"
}

# their_esp PEER TRANSFORM-SET [PFS-GROUP]: the set as we write it, "esp-aes 192 esp-sha-hmac"
their_esp()
{
	local peer=$1 word cipher='' auth='' between=-

	for word in $2; do
		case $word in
		*-hmac) auth=-$(their_name "$peer" "$word") ;;
		*) cipher+=$word ;;
		esac
	done
	[ "$peer" = pluto ] && between=';'
	echo "$(their_name "$peer" "${cipher%128}")$auth${3:+$between$(their_name "$peer" "$3")}"
}

# one_word NAME: what "aes 192" is in one word
one_word()
{
	echo "${1// /}"
}

row_address()
{
	echo "192.0.2.$((100 + $1))"
}

# table_topology ROWS: r2 has the addresses of so many peers, h2 one in each network.
table_topology()
{
	local row

	topology_routers || return
	route_add r1 10.2.0.0/16 192.0.2.2 || return
	route_add r1 10.3.0.0/16 192.0.2.2 || return
	ip -n r2 route add 10.2.0.0/16 dev lan || return
	ip -n r2 route add 10.3.0.0/16 dev lan || return
	for ((row = 1; row <= $1; row++)); do
		echo "addr add $(row_address "$row")/24 dev wan"
	done | ip -n r2 -batch - || return
	for ((row = 1; row <= $1; row++)); do
		echo "addr add 10.2.$row.2/32 dev lan"
		echo "addr add 10.3.$row.2/32 dev lan"
	done | ip -n h2 -batch -
}

# their_initiate PEER CONNECTION: does not return before it is up, or refused
their_initiate()
{
	case $1 in
	charon) charon r2 --initiate --child "$2" --timeout 60 ;;
	pluto) pluto r2 --initiate --name "$2" ;;
	esac
}

# table_clear PEER: no SAs here and there.  What they have besides goes with ours:
# they are told.  But libreswan makes again what it has begun itself.
table_clear()
{
	local name

	if [ "$1" = pluto ]; then
		while read -r name; do
			pluto r2 --terminate --name "$name" >/dev/null
		done < <(sed -n 's/^conn //p' "$net_dir/r2/ipsec.conf")
	fi
	ctl r1 clear crypto session >/dev/null
	wait_for 60 value_is '' ip -n r2 xfrm state
}

# What the kernel of theirs has agreed to do: "PEER CIPHER KEY-BITS AUTH" for each state.
their_states()
{
	ip -n r2 xfrm state | awk '
		/^src/ { peer = $2 == "192.0.2.1" ? $4 : $2; auth = "-" }
		/auth-trunc/ { auth = $2 }
		/^\tenc/ { print peer, $2, (length($3) > 2 ? (length($3) - 2) * 4 : 0), auth }
		/^\taead/ { print peer, $2, (length($3) - 2) * 4, auth }' | sort | uniq -c |
		awk '{ print $2, $3, $4, $5, "x" $1 }'
}

# --- who gets nothing

# They try, and may go on trying: what counts is what we say.
they_try()
{
	case $peer in
	charon) charon r2 --initiate --child "a$1" --timeout 1 >/dev/null || true ;;
	pluto) pluto r2 --initiate --asynchronous --name "a$1" ;;
	esac
}

they_give_up()
{
	case $peer in
	charon) charon r2 --terminate --ike "gw$1" --force >/dev/null || true ;;
	pluto) pluto r2 --terminate --name "a$1" >/dev/null ;;
	esac
}

we_try()
{
	in_ns h1 ping -q -c 1 -W 1 "10.2.$1.2" >/dev/null || true
}

logged()
{
	tail -n "+$((log_from + 1))" "$net_dir/r1.log" | grep -Eq -- "$1"
}

# refused ROW we|they REGEX: who begins gets nothing, and our log says so
refused()
{
	local log_from

	explain
	log_from=$(wc -l <"$net_dir/r1.log")
	"$2_try" "$1"
	wait_for 60 logged "$3"
	check_eq 'SAs' "$(ip -n r2 xfrm state | grep -c "src $(row_address "$1")")" 0
	they_give_up "$1"
	ctl r1 clear crypto session remote "$(row_address "$1")" >/dev/null
}
