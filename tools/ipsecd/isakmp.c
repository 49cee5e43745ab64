// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's world (struct ike_world) by libevent and the sockets of Linux.
 *
 * One socket for each family, bound to all addresses, so that addresses may
 * come and go; each datagram tells to which of ours it came, and is answered
 * from there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "ike/ike.h"
#include "ike/isakmp.h"
#include "ike/keys.h"
#include "isakmp.h"
#include "lib/log.h"
#include "resolver.h"

/* Datagrams that are taken in a row before others get their turn. */
#define READ_BURST	64
#define RECEIVE_BUFFER	(1 << 20)
/* The largest file that a trustpoint may name. */
#define FILE_MAX	(1 << 20)

enum { IPV4, IPV6, N_FAMILIES };

/**
 * struct isakmp - the engine and what it stands on
 * @fds: -1 for a family that is not there
 */
struct isakmp {
	struct daemon *d;
	struct resolver *resolver;
	int fds[N_FAMILIES];
	struct event *readers[N_FAMILIES];
	uint8_t datagram[ISAKMP_MESSAGE_MAX + 1];
};

struct ike_timer {
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

/* --- clock and timers */

static uint64_t now(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t calendar(void *arg)
{
	(void)arg;
	return time(NULL);
}

static void fire(evutil_socket_t fd, short what, void *arg)
{
	struct ike_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->fn(timer->arg);
}

static struct ike_timer *timer_new(void *arg, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct isakmp *isakmp = arg;
	struct ike_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return NULL;
	timer->fn = fn;
	timer->arg = fn_arg;
	timer->event = evtimer_new(isakmp->d->base, fire, timer);
	if (timer->event)
		return timer;
	free(timer);
	return NULL;
}

static void timer_set(struct ike_timer *timer, uint64_t ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(timer->event, &t);
}

static void timer_stop(struct ike_timer *timer)
{
	evtimer_del(timer->event);
}

static void timer_free(struct ike_timer *timer)
{
	if (!timer)
		return;
	event_free(timer->event);
	free(timer);
}

/* --- sending */

/* From which of our addresses. */
static void put_source(struct msghdr *msg, const struct addr *local)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct in_pktinfo info4 = { 0 };
	struct in6_pktinfo info6 = { 0 };

	if (local->family == AF_INET) {
		memcpy(&info4.ipi_spec_dst, local->bytes, sizeof(info4.ipi_spec_dst));
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info4)), IPPROTO_IP, IP_PKTINFO };
		memcpy(CMSG_DATA(c), &info4, sizeof(info4));
		msg->msg_controllen = CMSG_SPACE(sizeof(info4));
	} else {
		memcpy(&info6.ipi6_addr, local->bytes, sizeof(info6.ipi6_addr));
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info6)), IPPROTO_IPV6, IPV6_PKTINFO };
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
		msg->msg_controllen = CMSG_SPACE(sizeof(info6));
	}
}

static int send_datagram(void *arg, const struct ike_path *path, const void *data, size_t len)
{
	struct isakmp *isakmp = arg;
	int fd = isakmp->fds[path->local.family == AF_INET6 ? IPV6 : IPV4];
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct sockaddr_storage to;
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = addr_to_sockaddr(&path->remote, path->remote_port, &to),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	if (fd < 0)
		return -EAFNOSUPPORT;
	put_source(&msg, &path->local);
	return sendmsg(fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* --- receiving */

/* To which of our addresses; unset for broadcast and multicast. */
static struct addr destination(struct msghdr *msg)
{
	struct addr to = { .family = AF_UNSPEC };
	struct in_pktinfo info4;
	struct in6_pktinfo info6;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info4, CMSG_DATA(c), sizeof(info4));
			if (info4.ipi_addr.s_addr == info4.ipi_spec_dst.s_addr)
				addr_from_bytes(&to, &info4.ipi_addr, sizeof(info4.ipi_addr));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			addr_from_bytes(&to, &info6.ipi6_addr, sizeof(info6.ipi6_addr));
		}
	}
	if (addr_is_set(&to) && addr_is_multicast(&to))
		to.family = AF_UNSPEC;
	return to;
}

static uint16_t port_of(const struct sockaddr_storage *from)
{
	return ntohs(from->ss_family == AF_INET6 ? ((struct sockaddr_in6 *)from)->sin6_port :
		     ((struct sockaddr_in *)from)->sin_port);
}

/* Returns false when there is nothing more. */
static bool receive(struct isakmp *isakmp, int fd)
{
	_Alignas(struct cmsghdr) uint8_t control[256];
	struct sockaddr_storage from;
	struct iovec iov = { isakmp->datagram, sizeof(isakmp->datagram) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct ike_path path = { .local_port = ISAKMP_PORT };
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT);

	/* An ICMP error about what was sent is read as an error; there may be more. */
	if (len < 0)
		return errno != EAGAIN && errno != EINTR;
	path.local = destination(&msg);
	path.remote_port = port_of(&from);
	if (addr_is_set(&path.local) && path.remote_port &&
	    addr_from_sockaddr(&path.remote, (struct sockaddr *)&from, msg.msg_namelen) == 0)
		ike_receive(isakmp->d->ike, &path, isakmp->datagram, len);
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < READ_BURST; i++)
		if (!receive(arg, fd))
			return;
}

/* --- files of trustpoints */

static int read_all(int fd, struct buf *out)
{
	uint8_t chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put_bytes(out, chunk, n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n < 0)
		return -errno;
	return out->failed ? -EFBIG : 0;
}

static int read_file(void *arg, const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int ret;

	(void)arg;
	if (fd < 0)
		return -errno;
	buf_init(out, FILE_MAX);
	ret = fstat(fd, &st) ? -errno : S_ISREG(st.st_mode) ? read_all(fd, out) : -EINVAL;
	close(fd);
	if (ret)
		buf_release(out);
	return ret;
}

/* --- names of peers */

static struct ike_lookup *resolve(void *arg, const char *host,
				  void (*fn)(void *fn_arg, const struct addr *addrs,
					     unsigned int n), void *fn_arg)
{
	struct isakmp *isakmp = arg;

	return (struct ike_lookup *)resolver_begin(isakmp->resolver, host, fn, fn_arg);
}

static void resolve_cancel(struct ike_lookup *lookup)
{
	resolver_cancel((struct resolver_lookup *)lookup);
}

static void names_changed(void *arg)
{
	struct isakmp *isakmp = arg;

	apply_schedule(isakmp->d);
}

static const struct ike_world world = {
	.now = now,
	.calendar = calendar,
	.send = send_datagram,
	.timer_new = timer_new,
	.timer_set = timer_set,
	.timer_stop = timer_stop,
	.timer_free = timer_free,
	.resolve = resolve,
	.resolve_cancel = resolve_cancel,
	.names_changed = names_changed,
	.read_file = read_file,
};

/* --- beginning and end */

/* Large messages go in fragments: certificates do not fit into one packet. */
static bool set_options(int fd, int family)
{
	static const int on = 1, size = RECEIVE_BUFFER;
	static const int dont4 = IP_PMTUDISC_DONT, dont6 = IPV6_PMTUDISC_DONT;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (family == AF_INET)
		return !setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) &&
		       !setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont4, sizeof(dont4));
	return !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) &&
	       !setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) &&
	       !setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont6, sizeof(dont6));
}

static int open_socket(int family)
{
	struct addr any;
	struct sockaddr_storage address;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	if (fd < 0)
		return -errno;
	addr_set_any(&any, family);
	if (set_options(fd, family) &&
	    !bind(fd, (struct sockaddr *)&address, addr_to_sockaddr(&any, ISAKMP_PORT, &address)))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

static bool listen_on(struct isakmp *isakmp, unsigned int which)
{
	int fd = open_socket(which == IPV6 ? AF_INET6 : AF_INET);

	isakmp->fds[which] = fd;
	if (fd < 0) {
		if (fd != -EAFNOSUPPORT)
			log_msg(LOG_ERR, "ISAKMP: %s UDP port %u: %s; there is no IKE on it",
				which == IPV6 ? "IPv6" : "IPv4", ISAKMP_PORT, strerror(-fd));
		isakmp->fds[which] = -1;
		return true;
	}
	isakmp->readers[which] = event_new(isakmp->d->base, fd, EV_READ | EV_PERSIST, on_readable,
					   isakmp);
	return isakmp->readers[which] && event_add(isakmp->readers[which], NULL) == 0;
}

int isakmp_start(struct isakmp **out, struct daemon *d, struct kerr *err)
{
	struct isakmp *isakmp = calloc(1, sizeof(*isakmp));

	if (!isakmp)
		return kerr_set(err, ENOMEM, "out of memory");
	isakmp->d = d;
	isakmp->fds[IPV4] = -1;
	isakmp->fds[IPV6] = -1;
	ike_crypto_init();
	isakmp->resolver = resolver_new(d->base);
	if (!isakmp->resolver) {
		isakmp_stop(isakmp);
		return kerr_set(err, ENOMEM, "ISAKMP: out of memory");
	}
	d->ike = ike_new(&world, isakmp, d->kernel);
	if (!d->ike || !listen_on(isakmp, IPV4) || !listen_on(isakmp, IPV6)) {
		isakmp_stop(isakmp);
		return kerr_set(err, ENOMEM, "ISAKMP: out of memory");
	}
	*out = isakmp;
	return 0;
}

void isakmp_stop(struct isakmp *isakmp)
{
	if (isakmp->d->ike)
		ike_free(isakmp->d->ike);
	isakmp->d->ike = NULL;
	resolver_free(isakmp->resolver);
	for (unsigned int i = 0; i < N_FAMILIES; i++) {
		if (isakmp->readers[i])
			event_free(isakmp->readers[i]);
		if (isakmp->fds[i] >= 0)
			close(isakmp->fds[i]);
	}
	explicit_bzero(isakmp->datagram, sizeof(isakmp->datagram));
	free(isakmp);
}
