// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order of a change: crypto policy and SAs first, then interfaces, then
 * routes, so that no packet finds a way out before what protects it is in
 * force.  When a step fails the same steps are taken back to the
 * configuration that was running.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "ike/ike.h"
#include "lib/log.h"

static void report_network(void *arg, const struct kerr *err)
{
	(void)arg;
	log_msg(LOG_WARNING, "%s", err->text);
}

static struct network_tables tables(struct daemon *d, bool lenient)
{
	return (struct network_tables){
		.network = &d->network,
		.links = d->links,
		.routes = d->routes,
		.report = lenient ? report_network : NULL,
	};
}

/* Whether anything that flows or SAs are made from differs. */
static bool same_crypto(const struct config *a, const struct config *b)
{
	return objects_equal(&a->entries, &b->entries) &&
	       objects_equal(&a->transforms, &b->transforms) &&
	       objects_equal(&a->acls, &b->acls) &&
	       objects_equal(&a->interfaces, &b->interfaces);
}

/*
 * Puts @policy in force if it differs from what is; takes it over in any
 * case.  *@changed tells.
 */
static int put_policy(struct daemon *d, struct policy *policy, bool *changed,
		      unsigned int *line, struct kerr *err)
{
	struct cm_commit result = { 0 };
	int ret = 0;

	*changed = !d->policy || !policy_equal(policy, d->policy);
	if (*changed)
		ret = policy_push(policy, d->kernel, &result, line, err);
	if (ret < 0) {
		policy_free(policy);
		return ret;
	}
	if (*changed)
		log_msg(LOG_DEBUG, "policy %u in force: %u flows kept, %u added, %u removed",
			result.generation, result.flows_kept, result.flows_added,
			result.flows_removed);
	policy_free(d->policy);
	d->policy = policy;
	return 0;
}

/* Make the kernel's manual SAs fit the running configuration. */
int apply_manual(struct daemon *d, struct manual_result *result, struct kerr *err)
{
	return manual_reconcile(d->running, d->policy, d->kernel, result, err);
}

static int put_sas(struct daemon *d, const struct config *config, unsigned int *line,
		   struct kerr *err)
{
	struct manual_result result;
	int ret = manual_reconcile(config, d->policy, d->kernel, &result, err);

	if (ret) {
		*line = result.line;
		return ret;
	}
	d->sas_changed = false;
	if (result.added || result.deleted)
		log_msg(LOG_INFO, "manual SAs: %u kept, %u added, %u deleted",
			result.kept, result.added, result.deleted);
	return 0;
}

/*
 * Without a policy of ours in force there may be one of a daemon before this
 * one: what peers have negotiated with it stays. NULL with *@err if the kernel
 * does not say what that is, or without memory.
 */
static struct policy *compile(struct daemon *d, const struct config *config, struct kerr *err)
{
	struct policy *before = NULL, *policy;

	if (!d->policy)
		before = policy_of_kernel(config, d->kernel, err);
	if (!d->policy && !before)
		return NULL;
	policy = policy_compile(config, d->links, d->policy ? d->policy : before);
	if (!policy)
		kerr_set(err, ENOMEM, "out of memory");
	else if (d->ike)
		ike_name_peers(d->ike, config, policy);
	policy_free(before);
	return policy;
}

/*
 * @lenient: an SA that cannot be installed is logged.  Its flow is there
 * without it and drops, and the rest of the configuration is worth having.
 */
static int put_crypto(struct daemon *d, const struct config *config, bool same,
		      bool lenient, unsigned int *line, struct kerr *err)
{
	struct policy *policy = compile(d, config, err);
	bool changed;
	int ret;

	*line = 0;
	if (!policy)
		return -EIO;
	ret = put_policy(d, policy, &changed, line, err);
	if (ret || (!changed && same && !d->sas_changed))
		return ret;
	ret = put_sas(d, config, line, err);
	if (!ret || !lenient)
		return ret;
	log_msg(LOG_ERR, "%s", err->text);
	d->sas_changed = true;
	return 0;
}

static int put_all(struct daemon *d, const struct config *old, const struct config *config,
		   bool lenient, struct apply_error *error)
{
	struct network_tables t = tables(d, lenient);
	bool same = d->policy && same_crypto(old, config);
	int ret;

	error->line = 0;
	kerr_clear(&error->err);
	network_create(&t, config);
	ret = put_crypto(d, config, same, lenient, &error->line, &error->err);
	if (!ret)
		ret = network_apply_interfaces(&t, old, config, &error->line, &error->err);
	if (!ret)
		ret = network_apply_routes(&t, config, &error->line, &error->err);
	return ret;
}

/*
 * Everything back to the running configuration.  The kernel accepted all of
 * it before; what it refuses now is logged, and tried again.
 */
static void take_back(struct daemon *d, const struct config *candidate)
{
	struct apply_error error;

	if (put_all(d, candidate, d->running, true, &error)) {
		log_msg(LOG_ERR, "going back to the running configuration: %s",
			error.err.text);
		apply_forget_kernel(d);
		apply_schedule(d);
	}
}

/*
 * An interface that is down may have got the name that is looked for without
 * anybody being told.
 */
static void look_for_names(struct daemon *d, const struct config *config)
{
	const struct interface *iface;
	struct kerr err;
	size_t i;

	objects_for_each(iface, &config->interfaces, i) {
		if (link_find(d->links, iface->name))
			continue;
		if (link_table_refresh(d->links, &err) < 0)
			log_msg(LOG_WARNING, "interfaces: %s", err.text);
		return;
	}
}

/*
 * IKE is told last: flows and addresses are there by then. What it had
 * borrowed it gives back.
 */
static void tell_ike(struct daemon *d)
{
	if (d->ike && d->policy)
		ike_configure(d->ike, d->running, d->policy);
}

/*
 * Make @candidate the running configuration.  Takes it over.  Returns 0, or
 * a negative errno with *@error after which all is as it was.
 */
int apply_config(struct daemon *d, struct config *candidate, struct apply_error *error)
{
	struct config *old = d->running;
	bool first = !d->policy;
	int ret;

	look_for_names(d, candidate);
	ret = put_all(d, old, candidate, d->lenient, error);
	if (ret) {
		if (!first || d->policy)
			take_back(d, candidate);
		tell_ike(d);
		config_free(candidate);
		return ret;
	}
	d->running = candidate;
	tell_ike(d);
	config_free(old);
	return 0;
}

/*
 * The world has changed, not the configuration: interfaces or addresses came
 * or went, the module was loaded anew.  Returns 0 or a negative errno after
 * which it should be tried again.
 */
int apply_resync(struct daemon *d, struct kerr *err)
{
	struct network_tables t = tables(d, true);
	bool same = d->policy != NULL;
	unsigned int line;
	int ret;

	network_create(&t, d->running);
	ret = put_crypto(d, d->running, same, false, &line, err);
	if (!ret)
		ret = network_apply_interfaces(&t, d->running, d->running, &line, err);
	if (!ret)
		ret = network_apply_routes(&t, d->running, &line, err);
	tell_ike(d);
	return ret;
}

/* What the kernel has is no longer known: the next resync tells it all. */
void apply_forget_kernel(struct daemon *d)
{
	policy_free(d->policy);
	d->policy = NULL;
	if (d->ike)
		ike_resync(d->ike);
}

/* Have apply_resync() called from the event loop soon. */
void apply_schedule(struct daemon *d)
{
	struct timeval soon = { 0, 10000 };

	if (d->resync && !event_pending(d->resync, EV_TIMEOUT, NULL))
		event_add(d->resync, &soon);
}
