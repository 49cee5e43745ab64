# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Namespaces, links, traffic and captures for the shell tests.  Everything made
# here is gone after net_cleanup, which runs when the test exits.
#
# Cases run under `set -e`: in here, a command that may fail has a condition.

# shellcheck disable=SC2154 # selftests is set by test.sh

# In files, as cases run in subshells: one name, one id a line.
net_dir=$(mktemp -d /tmp/net.XXXXXX)
: >"$net_dir/namespaces"
: >"$net_dir/pids"

# --- waiting

# wait_for SECONDS CMD...: until CMD succeeds; fails, and says so, when it never
# does.  The time is a bound on a hang, not a measure: a busy machine emulating
# a debug kernel is slow, so it is multiplied by TEST_SLOW (selftests/run).
wait_for()
{
	local limit=$(($1 * ${TEST_SLOW:-1})) end

	shift
	end=$((SECONDS + limit))
	while ! "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited $limit s in vain for: $*"
			return 1
		fi
		sleep 0.05
	done
}

# value_is WANTED CMD...: for wait_for; CMD's output is WANTED.
value_is()
{
	local wanted=$1

	shift
	[ "$("$@" 2>/dev/null)" = "$wanted" ]
}

# value_ge LEAST CMD...
value_ge()
{
	local least=$1 value

	shift
	value=$("$@" 2>/dev/null)
	[ "${value:-0}" -ge "$least" ]
}

# --- namespaces and links

# ns_add NAME...: namespaces with lo up, forwarding on, addresses usable at once.
ns_add()
{
	local ns

	for ns; do
		ip netns add "$ns" || return
		echo "$ns" >>"$net_dir/namespaces"
		# Duplicate address detection would hold v6 back for a second;
		# optimistic or not, in here nobody has the same address. And
		# whether an ICMP error comes must not hang on those before it.
		ip netns exec "$ns" sysctl -q \
			net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
			net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0 \
			net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 || return
		ip -n "$ns" link set lo up || return
	done
}

# ns_del NAME: waits for nothing; the kernel tears down later.
ns_del()
{
	ip netns del "$1" || return
	sed -i "/^$1\$/d" "$net_dir/namespaces"
}

# in_ns NAME CMD...
in_ns()
{
	ip netns exec "$@"
}

# link_add NS1 DEV1 NS2 DEV2 [MTU]: a veth pair, up on both ends.
link_add()
{
	local ns1=$1 dev1=$2 ns2=$3 dev2=$4 mtu=${5:-1500}

	ip link add "$dev1" netns "$ns1" mtu "$mtu" type veth \
		peer name "$dev2" netns "$ns2" mtu "$mtu" || return
	ip -n "$ns1" link set "$dev1" up || return
	ip -n "$ns2" link set "$dev2" up
}

# wire_add WIRE NS1 DEV1 NS2 DEV2: as link_add, but with a namespace in between
# that only bridges, says nothing of its own, and is where to listen and drop.
wire_add()
{
	local wire=$1 ns1=$2 dev1=$3 ns2=$4 dev2=$5 port

	in_ns "$wire" sysctl -q net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 || return
	ip -n "$wire" link add bridge type bridge mcast_snooping 0 || return
	link_add "$ns1" "$dev1" "$wire" "$ns1" || return
	link_add "$ns2" "$dev2" "$wire" "$ns2" || return
	for port in "$ns1" "$ns2"; do
		ip -n "$wire" link set "$port" master bridge || return
	done
	ip -n "$wire" link set bridge up
}

# addr_add NS DEV ADDRESS/LENGTH...: both families.
addr_add()
{
	local ns=$1 dev=$2 address

	shift 2
	for address; do
		case $address in
		*:*) ip -n "$ns" addr add "$address" dev "$dev" nodad || return ;;
		*) ip -n "$ns" addr add "$address" dev "$dev" || return ;;
		esac
	done
}

# route_add NS PREFIX VIA
route_add()
{
	ip -n "$1" route add "$2" via "$3"
}

# altname_add NS DEV NAME: the IOS name of a device.
altname_add()
{
	ip -n "$1" link property add dev "$2" altname "$3"
}

# offload_set NS DEV on|off: what makes super-packets: TSO, GSO, GRO, checksums.
offload_set()
{
	local ns=$1 dev=$2 state=$3 feature

	for feature in tx rx sg tso gso gro; do
		# Not every device lets every one of them be changed.
		in_ns "$ns" ethtool -K "$dev" "$feature" "$state" >/dev/null 2>&1 || true
	done
	in_ns "$ns" ethtool -k "$dev" |
		grep -Eq "^generic-segmentation-offload: $state"
}

# --- the standard topology
#
#	h1 ---- r1 ==== wire ==== r2 ---- h2
#	    lan    wan  r1  r2 wan    lan
#
#	h1 10.1.0.2/24 fd01::2/64	r1 lan 10.1.0.1 fd01::1
#	r1 wan 192.0.2.1/24 2001:db8::1/64	r2 wan 192.0.2.2 2001:db8::2
#	r2 lan 10.2.0.1/24 fd02::1/64	h2 10.2.0.2 fd02::2
#
# Namespace "wire" bridges its devices "r1" and "r2", named after where they
# lead.  Captures belong there: on a router's own device a capture also shows
# what the stock kernel has just decrypted.  Routes lead through the other
# router in clear, so that whatever stays unprotected arrives and is seen.
topology_routers()
{
	ns_add h1 r1 wire r2 h2 || return
	link_add h1 lan r1 lan || return
	wire_add wire r1 wan r2 wan || return
	link_add h2 lan r2 lan || return
	addr_add h1 lan 10.1.0.2/24 fd01::2/64 || return
	addr_add r1 lan 10.1.0.1/24 fd01::1/64 || return
	addr_add r1 wan 192.0.2.1/24 2001:db8::1/64 || return
	addr_add r2 wan 192.0.2.2/24 2001:db8::2/64 || return
	addr_add r2 lan 10.2.0.1/24 fd02::1/64 || return
	addr_add h2 lan 10.2.0.2/24 fd02::2/64 || return
	route_add h1 default 10.1.0.1 || return
	route_add h1 default fd01::1 || return
	route_add h2 default 10.2.0.1 || return
	route_add h2 default fd02::1 || return
	route_add r1 10.2.0.0/24 192.0.2.2 || return
	route_add r1 fd02::/64 2001:db8::2 || return
	route_add r2 10.1.0.0/24 192.0.2.1 || return
	route_add r2 fd01::/64 2001:db8::1 || return
	# Neighbours answer before a test counts packets.
	in_ns h1 ping -q -c 1 -W 5 10.2.0.2 >/dev/null || fail 'topology: no IPv4' || return
	in_ns h1 ping -q -c 1 -W 5 fd02::2 >/dev/null || fail 'topology: no IPv6'
}

# --- background programs

# bg CMD...: in the background, ended by net_cleanup; its id is in $bg_pid.
bg()
{
	if [ "$1" = in_ns ]; then
		# A function would run in a subshell, which gets the signals
		# that are meant for the program.
		shift
		set -- ip netns exec "$@"
	fi
	"$@" </dev/null &
	bg_pid=$!
	echo "$bg_pid" >>"$net_dir/pids"
}

# bg_stop PID [SIGNAL]: ends it and waits for its end.
bg_stop()
{
	kill -"${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# listening NS tcp|udp PORT: for wait_for
listening()
{
	[ -n "$(in_ns "$1" ss -Hln --"$2" "sport = :$3")" ]
}

# --- traffic

# ping_ok NS DESTINATION [COUNT [PING-OPTION...]]: every echo is answered.
ping_ok()
{
	local ns=$1 to=$2 count=${3:-3} said

	shift 2
	[ $# -gt 0 ] && shift
	# -W bounds a lost one; the interval only keeps the test short.
	said=$(in_ns "$ns" ping -q -i 0.05 -c "$count" -W 5 "$@" "$to" 2>&1) ||
		fail "ping $to from $ns: $said" || return
	grep -q " $count received" <<<"$said" || fail "ping $to from $ns: $said"
}

# ping_lost NS DESTINATION [COUNT]: not one echo is answered.
ping_lost()
{
	local said

	said=$(in_ns "$1" ping -q -i 0.05 -c "${3:-3}" -W 1 "$2" 2>&1) || true
	grep -q ' 0 received' <<<"$said" || fail "ping $2 from $1 was answered: $said"
}

# tcp_transfer FROM-NS TO-NS ADDRESS BYTES [PORT]: sends so many random bytes
# and compares what arrived.
tcp_transfer()
{
	local from=$1 to=$2 address=$3 bytes=$4 port=${5:-5001} dir server

	dir=$(mktemp -d "$net_dir/tcp.XXXXXX")
	head -c "$bytes" /dev/urandom >"$dir/sent"
	bg in_ns "$to" socat -u "TCP-LISTEN:$port,reuseaddr,pf=$(family "$address")" \
		"CREATE:$dir/got"
	server=$bg_pid
	wait_for 10 listening "$to" tcp "$port" || return
	in_ns "$from" socat -u "OPEN:$dir/sent" "TCP:$(bracket "$address"):$port" ||
		fail "tcp to $address: cannot send" || return
	wait "$server"
	cmp "$dir/sent" "$dir/got"
}

# udp_transfer FROM-NS TO-NS ADDRESS COUNT SIZE [PORT]: sends COUNT datagrams,
# numbered, and prints how many different ones arrived, and in which order:
# "100 0" is 100 and none after a later one.
udp_transfer()
{
	local from=$1 to=$2 address=$3 count=$4 size=$5 port=${6:-5002} rate=${7:-0}
	local server got

	got=$(mktemp "$net_dir/udp.XXXXXX")
	bg in_ns "$to" /usr/bin/python3 "$selftests/lib/udp.py" sink "$address" "$port" "$count" >"$got"
	server=$bg_pid
	wait_for 10 listening "$to" udp "$port" || return
	in_ns "$from" /usr/bin/python3 "$selftests/lib/udp.py" source "$address" "$port" "$count" "$size" \
		"$rate" || return
	wait "$server"
	cat "$got"
}

# inet | inet6 for socat's pf=
family()
{
	case $1 in
	*:*) echo ip6 ;;
	*) echo ip4 ;;
	esac
}

bracket()
{
	case $1 in
	*:*) echo "[$1]" ;;
	*) echo "$1" ;;
	esac
}

# --- captures

# capture_start NAME NS DEV [FILTER]: returns once tcpdump really listens.  The
# buffer is large: AF_PACKET drops silently when it is full.
capture_start()
{
	local name=$1 ns=$2 dev=$3

	shift 3
	# -U: what was seen is in the file; --immediate-mode: is seen at once.
	bg in_ns "$ns" tcpdump -i "$dev" -n -s 0 -B 32768 -U --immediate-mode -Z root \
		-w "$net_dir/$name.pcap" "$@" 2>"$net_dir/$name.log"
	echo "$bg_pid" >"$net_dir/$name.pid"
	wait_for 20 grep -q 'listening on' "$net_dir/$name.log"
}

# tcpdump says on USR1 what it has taken, and what the kernel has for it.
capture_drained()
{
	local name=$1 captured received

	kill -USR1 "$(cat "$net_dir/$name.pid")" 2>/dev/null || return
	read -r captured received < <(tail -n 1 "$net_dir/$name.log" |
		sed -n 's/^tcpdump: \([0-9]*\) packets* captured, \([0-9]*\) packets* received.*/\1 \2/p')
	[ -n "$received" ] && [ "$captured" = "$received" ]
}

# capture_stop NAME: everything that crossed the device before is in the file
# after; fails if the kernel dropped some of it.
capture_stop()
{
	local name=$1

	# Stopping alone would throw away what still lies in the buffer.
	wait_for 10 capture_drained "$name" || return
	bg_stop "$(cat "$net_dir/$name.pid")" INT
	grep -q '^0 packets dropped by kernel' "$net_dir/$name.log" ||
		fail "capture $name: $(cat "$net_dir/$name.log")"
}

capture_file()
{
	echo "$net_dir/$1.pcap"
}

# capture_count NAME [FILTER]: how many packets match, of a running or a
# stopped capture.
capture_count()
{
	local name=$1

	shift
	tcpdump -n -r "$net_dir/$name.pcap" "$@" 2>/dev/null | wc -l
}

# capture_show NAME [FILTER]
capture_show()
{
	local name=$1

	shift
	tcpdump -n -vv -r "$net_dir/$name.pcap" "$@" 2>/dev/null
}

# --- counters

# link_counter NS DEV rx_packets|tx_bytes|...
link_counter()
{
	in_ns "$1" cat "/sys/class/net/$2/statistics/$3"
}

# snmp_counter NS NAME: IpExt, TcpExt, Udp..., as nstat names them.
snmp_counter()
{
	in_ns "$1" nstat -asz "$2" 2>/dev/null | awk -v n="$2" '$1 == n { print $2 }'
}

# xfrm_counter NS NAME: /proc/net/xfrm_stat
xfrm_counter()
{
	# shellcheck disable=SC2016 # awk's, not the shell's
	in_ns "$1" awk -v n="$2" '$1 == n { print $2 }' /proc/net/xfrm_stat
}

# --- a stock peer

# xfrm_sa NS SRC DST SPI REQID tunnel|transport ALGORITHM...: a state of the
# stock kernel, for the independent peer.  ALGORITHM as ip(8) wants it:
#	aead 'rfc4106(gcm(aes))' 0x... 128
#	enc 'cbc(aes)' 0x... auth-trunc 'hmac(sha256)' 0x... 128
xfrm_sa()
{
	local ns=$1 src=$2 dst=$3 spi=$4 reqid=$5 mode=$6

	shift 6
	ip -n "$ns" xfrm state add src "$src" dst "$dst" proto esp spi "$spi" \
		reqid "$reqid" mode "$mode" "$@"
}

# xfrm_policy NS out|in|fwd SEL-SRC SEL-DST TMPL-SRC TMPL-DST REQID MODE
# [SELECTOR...]: e.g. proto tcp dport 80
xfrm_policy()
{
	local ns=$1 dir=$2 from=$3 to=$4 src=$5 dst=$6 reqid=$7 mode=$8

	shift 8
	ip -n "$ns" xfrm policy add dir "$dir" src "$from" dst "$to" "$@" \
		tmpl src "$src" dst "$dst" proto esp reqid "$reqid" mode "$mode"
}

# xfrm_packets NS DST SPI: packets that a state has processed
xfrm_packets()
{
	ip -n "$1" -s xfrm state get dst "$2" proto esp spi "$3" 2>/dev/null |
		awk '/current:/ { getline; gsub(/[(),]/, " "); print $3; exit }'
}

# --- the end

net_cleanup()
{
	local pid ns

	[ -d "$net_dir" ] || return 0
	# Ends first what may be restarted by nobody, then what it runs in.
	while read -r pid; do
		kill "$pid" 2>/dev/null
	done <"$net_dir/pids"
	while read -r pid; do
		# Those of a subshell are no children of this shell.
		wait "$pid" 2>/dev/null || net_await_end "$pid"
	done <"$net_dir/pids"
	while read -r ns; do
		# What a test started there and forgot would keep it alive.
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done <"$net_dir/namespaces"
	rm -rf "$net_dir"
}

# net_await_end PID: two seconds for a polite end, then a forced one.
net_await_end()
{
	local tries=40

	while kill -0 "$1" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || kill -KILL "$1" 2>/dev/null
		sleep 0.05
	done
}
