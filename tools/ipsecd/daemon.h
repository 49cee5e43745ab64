/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daemon - what an ipsecd is made of; one network namespace each. */
#ifndef _IPSECD_DAEMON_H
#define _IPSECD_DAEMON_H

#include <event2/event.h>
#include <time.h>

#include "cli/cli.h"
#include "config/config.h"
#include "kernel.h"
#include "link.h"
#include "network.h"
#include "policy.h"
#include "route.h"

#define SPOKEN_OF_MAX	64

/** struct spoken_of - a peer of which something was logged; until when not again, ms */
struct spoken_of {
	struct addr peer;
	uint64_t until;
};

/**
 * struct daemon - one ipsecd
 * @base: the event loop; NULL in unit tests
 * @kernel: data plane
 * @ike: engine; NULL in unit tests
 * @links: interfaces
 * @routes: our routes
 * @cli: command engine
 * @running: running-config
 * @policy: what the kernel was told last; NULL when that is not known
 * @network: what was changed on interfaces
 * @sas_changed: somebody else may have changed manual SAs
 * @invalid_spi: peers whose use of SAs that we lack was logged less than a minute ago
 * @resync: event that calls apply_resync(); NULL in unit tests
 * @resync_failures: how often in a row it failed
 * @lenient: the startup configuration is being read: what an interface or a
 *	route refuses is logged and does not refuse all
 * @startup_path: of the startup-config
 * @startup_saved: time of the last write, 0 for none
 * @started: when the daemon began, CLOCK_BOOTTIME seconds
 */
struct ike;

struct daemon {
	struct event_base *base;
	struct kernel *kernel;
	struct ike *ike;
	struct link_table *links;
	struct route_table *routes;
	struct cli *cli;
	struct config *running;
	struct policy *policy;
	struct network network;
	bool sas_changed;
	struct spoken_of invalid_spi[SPOKEN_OF_MAX];
	struct event *resync;
	unsigned int resync_failures;
	bool lenient;
	const char *startup_path;
	time_t startup_saved;
	time_t started;
};

#endif /* _IPSECD_DAEMON_H */
