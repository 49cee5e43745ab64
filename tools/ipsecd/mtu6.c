// SPDX-License-Identifier: GPL-2.0-or-later
/* net.ipv6.conf.NETDEV.mtu */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mtu6.h"

static int open_mtu6(const char *netdev, int flags)
{
	char path[64 + IFNAMSIZ];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/mtu", netdev);
	return open(path, flags | O_CLOEXEC);
}

unsigned int mtu6_read(const char *netdev)
{
	int fd = open_mtu6(netdev, O_RDONLY);
	char text[16];
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = 0;
	return strtoul(text, NULL, 10);
}

int mtu6_write(const char *netdev, unsigned int mtu, struct kerr *err)
{
	int fd = open_mtu6(netdev, O_WRONLY);
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", mtu);
	int ret = 0;

	if (fd < 0)
		return kerr_set(err, errno, "%s has no IPv6: %s", netdev, strerror(errno));
	if (write(fd, text, len) != len)
		ret = kerr_set(err, errno, "IPv6 MTU %u of %s: %s", mtu, netdev,
			       strerror(errno));
	close(fd);
	return ret;
}
