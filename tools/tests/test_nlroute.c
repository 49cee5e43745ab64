// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces and routes, in a network namespace of the test's own.  What
 * somebody else does to the network is done by iproute2.
 *
 * A build machine may have no rights or no dummy devices, so outside of the
 * lab's guest only the pure functions are tested; the rest is run in it by
 * selftests/netlink/test_tools.sh.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipsecd/link.h"
#include "ipsecd/route.h"
#include "lib/nlsock.h"

#define PATIENCE_MS	10000

static char log_text[4096];

static void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void log_line(const char *format, ...)
{
	size_t n = strlen(log_text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(log_text + n, sizeof(log_text) - n, format, ap);
	va_end(ap);
}

static void run(const char *command)
{
	if (system(command))
		fail_msg("failed: %s", command);
}

/* A new namespace for every test. */
static int setup(void **state)
{
	*state = NULL;
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	log_text[0] = '\0';
	run("ip link set lo up");
	return 0;
}

static void on_link_added(void *arg, const struct link *l)
{
	(void)arg;
	log_line("added %s\n", l->name);
}

static void on_link_gone(void *arg, const struct link *l)
{
	(void)arg;
	log_line("gone %s\n", l->name);
}

static void on_address_added(void *arg, const struct link *l, const struct link_address *a)
{
	struct addr_buf buf;

	(void)arg;
	log_line("address %s %s\n", l->name, addr_prefix_text(&a->prefix, &buf));
}

static void on_address_gone(void *arg, const struct link *l, const struct link_address *a)
{
	struct addr_buf buf;

	(void)arg;
	log_line("address gone %s %s\n", l->name, addr_prefix_text(&a->prefix, &buf));
}

static void on_resynced(void *arg)
{
	(void)arg;
	log_line("resynced\n");
}

static const struct link_events link_callbacks = {
	.resynced = on_resynced,
	.added = on_link_added,
	.gone = on_link_gone,
	.address_added = on_address_added,
	.address_gone = on_address_gone,
};

static struct link_table *open_links(void)
{
	struct link_table *t = NULL;
	struct kerr err;

	if (link_table_open(&t, &link_callbacks, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return t;
}

static struct addr_prefix prefix(const char *text)
{
	struct addr_prefix p;

	assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, text), 0);
	return p;
}

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, AF_UNSPEC, text), 0);
	return a;
}

/* --------------------------------------------------------------- links */

static void test_names(void **state)
{
	(void)state;
	assert_true(link_name_matches("GigabitEthernet8", "GigabitEthernet8"));
	assert_true(link_name_matches("gigabitethernet 8", "GigabitEthernet8"));
	assert_true(link_name_matches("GigabitEthernet  8", "GIGABITETHERNET8"));
	assert_true(link_name_matches("FastEthernet 0/0", "FastEthernet0-0"));
	assert_true(link_name_matches("FastEthernet0/0", "fastethernet0/0"));
	assert_true(link_name_matches("Gi0/0/1.100", "gi0-0-1.100"));
	assert_false(link_name_matches("FastEthernet0/0", "FastEthernet0_0"));
	assert_false(link_name_matches("FastEthernet0-0", "FastEthernet0/0"));
	assert_false(link_name_matches("Ethernet1", "Ethernet10"));
	assert_false(link_name_matches("Ethernet10", "Ethernet1"));
	assert_false(link_name_matches("Gig abit8", "Gigabit8"));
	assert_false(link_name_matches("", "e"));
}

static void test_find(void **state)
{
	struct link_table *t;

	(void)state;
	run("ip link add eth7 type dummy && ip link add Vlan1 type dummy &&"
	    "ip link property add dev eth7 altname GigabitEthernet0-8 &&"
	    "ip link property add dev eth7 altname vlan1");
	t = open_links();
	assert_string_equal(log_text, "");
	assert_int_equal(link_find(t, "lo")->n_addresses, 2);
	assert_string_equal(link_find(t, "gigabitethernet 0/8")->name, "eth7");
	assert_string_equal(link_find(t, "eth7")->name, "eth7");
	/* Exact before approximate. */
	assert_string_equal(link_find(t, "vlan1")->name, "eth7");
	assert_string_equal(link_find(t, "Vlan1")->name, "Vlan1");
	assert_string_equal(link_find(t, "VLAN 1")->name, "eth7");
	assert_null(link_find(t, "GigabitEthernet0/9"));
	assert_string_equal(link_next(t, NULL)->name, "lo");
	assert_string_equal(link_find_index(t, 1)->name, "lo");
	assert_null(link_find_index(t, 77));
	assert_int_equal(link_find(t, "eth7")->n_altnames, 2);
	link_table_close(t);
}

/* The kernel does not tell of altnames of what is down. */
static void test_refresh(void **state)
{
	struct link_table *t;
	struct kerr err;

	(void)state;
	run("ip link add eth7 type dummy && ip link add eth8 type dummy");
	t = open_links();
	run("ip link property add dev eth7 altname GigabitEthernet8 && ip link del eth8");
	assert_int_equal(link_table_refresh(t, &err), 0);
	assert_string_equal(link_find(t, "GigabitEthernet8")->name, "eth7");
	assert_string_equal(log_text, "gone eth8\n");
	link_table_close(t);
}

static void test_link_changes(void **state)
{
	struct link_table *t = open_links();
	const struct link *l;
	struct kerr err;
	unsigned int i;

	(void)state;
	run("ip link add eth7 type veth peer name eth8");
	assert_true(link_table_read(t, &err) > 0);
	l = link_find(t, "eth7");
	i = l->ifindex;
	assert_string_equal(l->kind, "veth");
	assert_false(l->created);
	assert_int_equal(link_set_mtu(t, i, 1372, &err), 0);
	assert_int_equal(link_find_index(t, i)->mtu, 1372);
	assert_int_equal(link_set_up(t, i, true, &err), 0);
	assert_true(link_find_index(t, i)->flags & IFF_UP);
	assert_int_equal(link_set_up(t, i, true, &err), 0);
	assert_int_equal(link_set_up(t, i, false, &err), 0);
	assert_false(link_find_index(t, i)->flags & IFF_UP);
	assert_int_equal(link_set_mtu(t, i, 10, &err), -EINVAL);
	assert_non_null(strstr(err.text, "eth7: cannot set the MTU"));
	/* The kernel's own text, not only its number. */
	assert_non_null(strstr(err.text, "mtu less than device minimum"));
	assert_int_equal(link_set_mtu(t, 99, 1500, &err), -ENODEV);
	assert_int_equal(link_delete(t, i, &err), -EPERM);
	run("ip link del eth7");
	assert_int_equal(link_set_up(t, i, true, &err), -ENODEV);
	assert_null(link_find(t, "eth7"));
	assert_string_equal(log_text, "added eth8\nadded eth7\ngone eth7\ngone eth8\n");
	link_table_close(t);
}

/* Also without detection an IPv6 address becomes usable a moment later. */
static void wait_usable6(struct link_table *t, unsigned int ifindex)
{
	struct pollfd p = { .fd = link_table_fd(t), .events = POLLIN };
	struct kerr err;

	while (!link_primary_address(link_find_index(t, ifindex), AF_INET6)) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_true(link_table_read(t, &err) >= 0);
	}
}

static void test_addresses(void **state)
{
	struct addr_prefix p4 = prefix("192.0.2.1/24"), p6 = prefix("2001:db8::1/64");
	struct addr_prefix second = prefix("192.0.2.7/24");
	struct link_table *t;
	const struct link *l;
	struct kerr err;
	unsigned int i;

	(void)state;
	run("ip link add eth7 type dummy && ip link set eth7 addrgenmode none && ip link set eth7 up");
	t = open_links();
	i = link_find(t, "eth7")->ifindex;
	assert_int_equal(link_add_address(t, i, &p4, 0, &err), 0);
	assert_int_equal(link_add_address(t, i, &p4, 0, &err), 0);
	assert_int_equal(link_add_address(t, i, &second, 0, &err), 0);
	assert_int_equal(link_add_address(t, i, &p6, LINK_ADDRESS_NODAD, &err), 0);
	wait_usable6(t, i);
	l = link_find_index(t, i);
	assert_int_equal(l->n_addresses, 3);
	assert_true(addr_prefix_equal(&link_primary_address(l, AF_INET)->prefix, &p4));
	assert_true(addr_prefix_equal(&link_primary_address(l, AF_INET6)->prefix, &p6));
	assert_int_equal(link_del_address(t, i, &p6, &err), 0);
	assert_int_equal(link_del_address(t, i, &p6, &err), 0);
	assert_null(link_primary_address(link_find_index(t, i), AF_INET6));
	run("ip addr flush dev eth7");
	assert_true(link_table_read(t, &err) > 0);
	assert_int_equal(link_find_index(t, i)->n_addresses, 0);
	assert_int_equal(link_del_address(t, i, &p4, &err), 0);
	p6 = prefix("ff02::1/64");
	assert_true(link_add_address(t, i, &p6, 0, &err) < 0);
	assert_non_null(strstr(err.text, "cannot add FF02::1/64"));
	assert_non_null(strstr(log_text, "address gone eth7 192.0.2.7/24\n"));
	link_table_close(t);
}

/* With detection the address is there, but cannot be used at once. */
static void test_dad(void **state)
{
	struct addr_prefix p6 = prefix("2001:db8::1/64");
	struct link_table *t;
	struct kerr err;
	unsigned int i;

	(void)state;
	run("ip link add eth7 type veth peer name eth8 && ip link set eth8 up &&"
	    "ip link set eth7 addrgenmode none && ip link set eth7 up");
	t = open_links();
	i = link_find(t, "eth7")->ifindex;
	assert_int_equal(link_add_address(t, i, &p6, 0, &err), 0);
	assert_int_equal(link_find_index(t, i)->n_addresses, 1);
	assert_null(link_primary_address(link_find_index(t, i), AF_INET6));
	wait_usable6(t, i);
	link_table_close(t);
}

static void test_create(void **state)
{
	struct link_table *t = open_links(), *later;
	unsigned int loopback, vlan, again;
	struct kerr err;

	(void)state;
	if (link_create_loopback(t, 0, &loopback, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(link_create_vlan(t, 10, &vlan, &err), 0);
	assert_int_equal(link_create_vlan(t, 10, &again, &err), 0);
	assert_int_equal(vlan, again);
	assert_string_equal(link_find_index(t, loopback)->kind, "dummy");
	assert_string_equal(link_find_index(t, vlan)->kind, "bridge");
	assert_true(link_find(t, "loopback 0")->flags & IFF_UP);
	assert_int_equal(link_create_vlan(t, 4095, &again, &err), -EINVAL);
	assert_int_equal(link_create_vlan(t, 0, &again, &err), -EINVAL);
	assert_int_equal(link_create_loopback(t, 2147483647, &again, &err), -EINVAL);
	/* A later process knows what is ours. */
	later = open_links();
	assert_true(link_find(later, "Vlan10")->created);
	assert_int_equal(link_delete(later, vlan, &err), 0);
	assert_int_equal(link_delete(later, vlan, &err), 0);
	assert_int_equal(link_delete(later, loopback, &err), 0);
	assert_int_equal(link_delete(later, 1, &err), -EPERM);
	link_table_close(later);
	assert_true(link_table_read(t, &err) > 0);
	assert_null(link_find(t, "Vlan10"));
	link_table_close(t);
}

/* A name that somebody else uses is his. */
static void test_create_taken(void **state)
{
	struct link_table *t;
	unsigned int i;
	struct kerr err;

	(void)state;
	run("ip link add eth7 type dummy && ip link property add dev eth7 altname Vlan5");
	t = open_links();
	assert_int_equal(link_create_vlan(t, 5, &i, &err), 0);
	assert_string_equal(link_find_index(t, i)->name, "eth7");
	assert_int_equal(link_delete(t, i, &err), -EPERM);
	link_table_close(t);
}

/*
 * More events than the buffer holds: the table is read anew, and what is
 * still queued, older than that, does not bring back what is gone.
 */
static void test_overflow(void **state)
{
	struct link_table *t = open_links();
	const int small = 4096;
	struct kerr err;

	(void)state;
	assert_int_equal(setsockopt(link_table_fd(t), SOL_SOCKET, SO_RCVBUF, &small,
				    sizeof(small)), 0);
	run("for what in add del; do for j in $(seq 1 250); do"
	    " echo addr $what 10.9.0.$j/32 dev lo; done; done | ip -batch -");
	assert_int_equal(link_table_read(t, &err), 0);
	assert_int_equal(link_table_read(t, &err), 0);
	assert_string_equal(log_text, "resynced\n");
	assert_int_equal(link_find(t, "lo")->n_addresses, 2);
	link_table_close(t);
}

/* ---------------------------------------------- dumps that are disturbed */

#define MANY_ADDRESSES	1000

struct counted {
	unsigned int restarts;
	unsigned int steady;
};

static void count_restart(void *arg)
{
	struct counted *c = arg;

	c->restarts++;
	c->steady = 0;
}

/* Counts addresses of 10/8; the others come and go. */
static int count_address(void *arg, struct nlmsghdr *hdr)
{
	struct nlattr *nla = nlmsg_find_attr(hdr, sizeof(struct ifaddrmsg), IFA_LOCAL);
	struct counted *c = arg;

	if (nla && nla_len(nla) == 4 && *(const uint8_t *)nla_data(nla) == 10)
		c->steady++;
	return 0;
}

/* Goes on until undisturb(): a process group, the shell and both ends of its pipe. */
static pid_t disturber;

static void disturb(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child && !setpgid(0, 0))
		execl("/bin/bash", "bash", "-c",
		      "while :; do echo addr add 172.16.0.1/32 dev eth7;"
		      " echo addr del 172.16.0.1/32 dev eth7; done | ip -batch -", NULL);
	if (!child)
		_exit(127);
	/* By whoever of the two is first. */
	setpgid(child, child);
	disturber = child;
}

static int undisturb(void **state)
{
	(void)state;
	if (!disturber)
		return 0;
	kill(-disturber, SIGKILL);
	waitpid(disturber, NULL, 0);
	disturber = 0;
	return 0;
}

/* The kernel calls a dump interrupted that it had to go on with after a change. */
static void test_dump_interrupted(void **state)
{
	static const struct nlsock_dump dump = { count_restart, count_address };
	const struct ifaddrmsg ifa = { .ifa_family = AF_INET };
	unsigned int disturbed = 0, rounds;
	struct nlsock *s;
	struct kerr err;

	run("ip link add eth7 type dummy && ip link set eth7 up &&"
	    "for i in $(seq 0 4); do for j in $(seq 1 200); do"
	    " echo addr add 10.9.$i.$j/32 dev eth7; done; done | ip -batch -");
	assert_int_equal(nlsock_open_route(&s, 20000, &err), 0);
	disturb();
	for (rounds = 0; rounds < 1000 && disturbed < 3; rounds++) {
		struct nl_msg *msg = nlsock_route_msg(RTM_GETADDR, 0, &ifa, sizeof(ifa), 0);
		struct counted c = { 0 };

		assert_true(nlsock_dump(s, msg, &dump, &c, &err) >= 0);
		assert_true(c.restarts >= 1 && c.restarts <= NLSOCK_DUMP_TRIES);
		/* Whole, and not one time and a half. */
		assert_int_equal(c.steady, MANY_ADDRESSES);
		disturbed += c.restarts > 1;
		nlsock_msg_free(msg);
	}
	undisturb(state);
	assert_int_equal(disturbed, 3);
	nlsock_close(s);
}

/* Made from within a callback, in the midst of whatever is being read. */
static struct link_table *callback_table;

static void set_it_up(void *arg, const struct link *l)
{
	struct kerr err;

	(void)arg;
	if (link_set_up(callback_table, l->ifindex, true, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_change_in_callback(void **state)
{
	static const struct link_events events = { .added = set_it_up };
	struct kerr err;

	(void)state;
	assert_int_equal(link_table_open(&callback_table, &events, NULL, &err), 0);
	run("ip link add eth7 type dummy && ip link add eth8 type dummy");
	assert_int_equal(link_table_refresh(callback_table, &err), 0);
	while (link_table_read(callback_table, &err) > 0)
		;
	assert_true(link_find(callback_table, "eth7")->flags & IFF_UP);
	assert_true(link_find(callback_table, "eth8")->flags & IFF_UP);
	link_table_close(callback_table);
}

/* -------------------------------------------------------------- routes */

static void on_route_gone(void *arg, const struct route *r)
{
	struct addr_buf buf;

	(void)arg;
	log_line("gone %s\n", addr_prefix_text(&r->dst, &buf));
}

static void on_paths(void *arg)
{
	(void)arg;
	log_line("paths\n");
}

static const struct route_events route_callbacks = {
	.gone = on_route_gone, .paths_changed = on_paths,
};

static int setup_routes(void **state)
{
	if (setup(state) < 0)
		return -1;
	run("ip link add eth7 type dummy && ip link add eth8 type dummy &&"
	    "ip addr add 192.0.2.1/24 dev eth7 && ip link set eth7 up &&"
	    "ip addr add 198.51.100.1/24 dev eth8 && ip link set eth8 up &&"
	    "ip addr add 2001:db8:7::1/64 dev eth7 nodad");
	return 0;
}

static struct route_table *open_routes(void)
{
	struct route_table *t = NULL;
	struct kerr err;

	if (route_table_open(&t, &route_callbacks, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return t;
}

static void drain(struct route_table *t)
{
	struct kerr err;

	while (route_table_read(t, &err) > 0)
		;
	assert_int_equal(err.err, 0);
}

static struct route via(const char *dst, const char *gateway, const char *device)
{
	struct route r = { .dst = prefix(dst), .proto = ROUTE_PROTO_STATIC, .n_hops = 1 };

	if (gateway)
		r.hops[0].gateway = addr(gateway);
	if (device)
		r.hops[0].ifindex = if_nametoindex(device);
	return r;
}

/* What the kernel shows, by somebody else's eyes. */
static void assert_shown(const char *command, const char *wanted)
{
	char line[512] = "";
	FILE *f = popen(command, "r");

	assert_non_null(f);
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	pclose(f);
	if (!strstr(line, wanted) || (!wanted[0] && line[0]))
		fail_msg("%s: \"%s\" is not in \"%s\"", command, wanted, line);
}

#define MANY	500

static void test_route_set(void **state)
{
	struct route r = via("10.9.1.1/16", "192.0.2.9", NULL);
	struct route_table *t = open_routes();
	const struct route *found;
	struct kerr err;

	(void)state;
	r.metric = 5;
	if (route_set(t, &r, &err) < 0)
		fail_msg("%s", err.text);
	assert_shown("ip route show 10.9.0.0/16", "via 192.0.2.9 dev eth7 proto 200 metric 5");
	assert_int_equal(route_set(t, &r, &err), 0);
	drain(t);
	/* Read back from the kernel, the hop has its interface. */
	found = route_find(t, &r.dst, 5);
	assert_int_equal(found->hops[0].ifindex, if_nametoindex("eth7"));
	assert_null(route_find(t, &r.dst, 6));
	r.hops[0].gateway = addr("198.51.100.9");
	assert_int_equal(route_set(t, &r, &err), 0);
	assert_shown("ip route show 10.9.0.0/16", "via 198.51.100.9 dev eth8 proto 200 metric 5");
	assert_shown("ip route show 10.9.0.0/16 | sed 1d", "");
	assert_int_equal(route_del(t, &r, &err), 0);
	assert_int_equal(route_del(t, &r, &err), 0);
	assert_shown("ip route show 10.9.0.0/16", "");
	drain(t);
	assert_null(strstr(log_text, "gone"));
	route_table_close(t);
}

/* By destination, however they came; all of them go when the kernel drops them. */
static void test_many_routes(void **state)
{
	struct route_table *t = open_routes();
	const struct route *route, *last = NULL;
	unsigned int n = 0;
	struct kerr err;
	char text[32];

	(void)state;
	for (unsigned int i = 0; i < MANY; i++) {
		unsigned int k = i * 7919 % MANY;
		struct route r;

		snprintf(text, sizeof(text), "10.%u.%u.0/24", 100 + k / 256, k % 256);
		r = via(text, "192.0.2.9", NULL);
		if (route_set(t, &r, &err) < 0)
			fail_msg("%s: %s", text, err.text);
	}
	for (route = route_next(t, NULL); route; route = route_next(t, route), n++) {
		if (last)
			assert_true(addr_compare(&last->dst.addr, &route->dst.addr) < 0);
		assert_ptr_equal(route_find(t, &route->dst, 0), route);
		last = route;
	}
	assert_int_equal(n, MANY);
	run("ip route flush proto 200");
	drain(t);
	assert_null(route_next(t, NULL));
	route_table_close(t);
}

static void test_route6(void **state)
{
	struct route r = via("2001:db8:9::/48", "2001:db8:7::9", NULL);
	struct route_table *t = open_routes();
	struct kerr err;

	(void)state;
	if (route_set(t, &r, &err) < 0)
		fail_msg("%s", err.text);
	assert_shown("ip -6 route show 2001:db8:9::/48",
		     "via 2001:db8:7::9 dev eth7 proto 200 metric 1024");
	r.hops[0].gateway = addr("2001:db8:7::a");
	assert_int_equal(route_set(t, &r, &err), 0);
	assert_shown("ip -6 route show 2001:db8:9::/48", "via 2001:db8:7::a ");
	assert_shown("ip -6 route show 2001:db8:9::/48 | sed 1d", "");
	drain(t);
	assert_non_null(route_find(t, &r.dst, 0));
	assert_int_equal(route_del(t, &r, &err), 0);
	assert_shown("ip -6 route show 2001:db8:9::/48", "");
	drain(t);
	assert_null(strstr(log_text, "gone"));
	route_table_close(t);
}

static void test_route_kinds(void **state)
{
	struct route device = via("10.8.0.0/16", NULL, "eth8");
	struct route null = { .dst = prefix("10.7.0.0/16"), .proto = ROUTE_PROTO_STATIC,
			      .discard = true };
	struct route two = via("10.6.0.0/16", "192.0.2.9", NULL);
	struct route both = via("10.5.0.0/16", "192.0.2.9", "eth7");
	struct route_table *t = open_routes(), *later;
	struct kerr err;

	(void)state;
	two.n_hops = 2;
	two.hops[1].gateway = addr("198.51.100.9");
	two.proto = ROUTE_PROTO_RRI;
	assert_int_equal(route_set(t, &device, &err), 0);
	assert_int_equal(route_set(t, &null, &err), 0);
	assert_int_equal(route_set(t, &two, &err), 0);
	assert_int_equal(route_set(t, &both, &err), 0);
	assert_shown("ip route show 10.8.0.0/16", "dev eth8 proto 200 scope link");
	assert_shown("ip route show 10.7.0.0/16", "blackhole 10.7.0.0/16 proto 200");
	assert_shown("ip route show 10.6.0.0/16 | tr -d '\\n'", "proto 201");
	assert_shown("ip route show 10.6.0.0/16 | tr -d '\\n'", "nexthop via 192.0.2.9 dev eth7");
	assert_shown("ip route show 10.6.0.0/16 | tr -d '\\n'",
		     "nexthop via 198.51.100.9 dev eth8");
	later = open_routes();
	assert_int_equal(route_find(later, &two.dst, 0)->n_hops, 2);
	assert_true(addr_equal(&route_find(later, &two.dst, 0)->hops[1].gateway,
			       &two.hops[1].gateway));
	assert_true(route_find(later, &null.dst, 0)->discard);
	assert_false(addr_is_set(&route_find(later, &device.dst, 0)->hops[0].gateway));
	while (route_next(later, NULL)) {
		struct route first = *route_next(later, NULL);

		assert_int_equal(route_del(later, &first, &err), 0);
	}
	route_table_close(later);
	assert_shown("ip route show proto 200", "");
	assert_shown("ip route show proto 201", "");
	drain(t);
	assert_null(route_next(t, NULL));
	route_table_close(t);
}

static void test_route_refused(void **state)
{
	struct route r = via("10.9.0.0/16", "203.0.113.9", NULL);
	struct route_table *t = open_routes();
	struct kerr err;

	(void)state;
	assert_int_equal(route_set(t, &r, &err), -ENETUNREACH);
	assert_string_equal(err.text, "Nexthop has invalid gateway");
	/* Somebody else's route stays his. */
	run("ip route add 10.9.0.0/16 via 192.0.2.2 proto static");
	r.hops[0].gateway = addr("192.0.2.9");
	assert_int_equal(route_set(t, &r, &err), -EEXIST);
	assert_int_equal(route_del(t, &r, &err), 0);
	assert_shown("ip route show 10.9.0.0/16", "via 192.0.2.2");
	/* Ours, although this table has not heard of it. */
	run("ip route replace 10.9.0.0/16 via 192.0.2.3 proto 200");
	assert_int_equal(route_set(t, &r, &err), 0);
	assert_shown("ip route show 10.9.0.0/16", "via 192.0.2.9 dev eth7 proto 200");

	r.proto = 4;
	assert_int_equal(route_set(t, &r, &err), -EINVAL);
	r = via("10.9.0.0/16", NULL, NULL);
	assert_int_equal(route_set(t, &r, &err), -EINVAL);
	r = via("10.9.0.0/16", "2001:db8:7::9", NULL);
	assert_int_equal(route_set(t, &r, &err), -EINVAL);
	r.n_hops = ROUTE_HOPS_MAX + 1;
	assert_int_equal(route_set(t, &r, &err), -EINVAL);
	route_table_close(t);
}

/* IPv4 routes go without a word when their interface does. */
static void test_route_gone(void **state)
{
	struct route four = via("10.9.0.0/16", "192.0.2.9", NULL);
	struct route other = via("10.8.0.0/16", "198.51.100.9", NULL);
	struct route six = via("2001:db8:9::/48", "2001:db8:7::9", NULL);
	struct route_table *t = open_routes();
	struct kerr err;

	(void)state;
	assert_int_equal(route_set(t, &four, &err), 0);
	assert_int_equal(route_set(t, &other, &err), 0);
	assert_int_equal(route_set(t, &six, &err), 0);
	drain(t);
	log_text[0] = '\0';
	run("ip link set eth7 down");
	drain(t);
	assert_non_null(strstr(log_text, "gone 10.9.0.0/16\n"));
	assert_non_null(strstr(log_text, "gone 2001:DB8:9::/48\n"));
	assert_non_null(strstr(log_text, "paths\n"));
	assert_null(strstr(log_text, "gone 10.8.0.0/16\n"));
	assert_null(route_find(t, &four.dst, 0));
	log_text[0] = '\0';
	run("ip route del 10.8.0.0/16");
	drain(t);
	assert_string_equal(log_text, "gone 10.8.0.0/16\npaths\n");
	/* It can come back as soon as the way is there again. */
	assert_int_equal(route_set(t, &four, &err), -ENETUNREACH);
	run("ip link set eth7 up");
	drain(t);
	assert_int_equal(route_set(t, &four, &err), 0);
	log_text[0] = '\0';
	run("ip route replace 10.9.0.0/16 via 192.0.2.2 proto static");
	drain(t);
	assert_string_equal(log_text, "gone 10.9.0.0/16\npaths\n");
	route_table_close(t);
}

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(test_names),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup(test_find, setup),
		cmocka_unit_test_setup(test_refresh, setup),
		cmocka_unit_test_setup(test_link_changes, setup),
		cmocka_unit_test_setup(test_addresses, setup),
		cmocka_unit_test_setup(test_dad, setup),
		cmocka_unit_test_setup(test_create, setup),
		cmocka_unit_test_setup(test_create_taken, setup),
		cmocka_unit_test_setup(test_overflow, setup),
		cmocka_unit_test_setup_teardown(test_dump_interrupted, setup, undisturb),
		cmocka_unit_test_setup(test_change_in_callback, setup),
		cmocka_unit_test_setup(test_route_set, setup_routes),
		cmocka_unit_test_setup(test_many_routes, setup_routes),
		cmocka_unit_test_setup(test_route6, setup_routes),
		cmocka_unit_test_setup(test_route_kinds, setup_routes),
		cmocka_unit_test_setup(test_route_refused, setup_routes),
		cmocka_unit_test_setup(test_route_gone, setup_routes),
	};

	if (!getenv("VM_GUEST"))
		return cmocka_run_group_tests(pure, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
