// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: log and debug lines that a session with "terminal monitor" gets unasked. */
#include <stdio.h>
#include <time.h>

#include "ipsecctl.h"

/* "Nov 21 09:07:12.123" */
static void print_time(json_int_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local;
	char text[32];

	if (localtime_r(&seconds, &local) && strftime(text, sizeof(text), "%b %e %H:%M:%S", &local))
		printf("%s.%03d: ", text, (int)(ms % 1000));
}

void monitor_print(const json_t *frame, bool json)
{
	const json_t *lost = json_object_get(frame, "lost"), *line;
	size_t i;

	json_array_foreach(json_object_get(frame, "monitor"), i, line) {
		const json_t *text = json_object_get(line, "text");

		if (json) {
			json_dumpf(line, stdout, JSON_COMPACT);
		} else {
			print_time(json_integer_value(json_object_get(line, "time")));
			fwrite(json_string_value(text), 1, json_string_length(text), stdout);
		}
		putchar('\n');
	}
	if (lost && json)
		printf("{\"lost\":%lld}\n", (long long)json_integer_value(lost));
	else if (lost)
		printf("%% %lld lines were lost: they came faster than they were read\n",
		       (long long)json_integer_value(lost));
	fflush(stdout);
}

static void print(void *arg, const json_t *frame)
{
	const struct ipsecctl *ctl = arg;

	monitor_print(frame, ctl->json);
}

int monitor_follow(struct ipsecctl *ctl)
{
	char err[256];

	ctl->client.push = print;
	ctl->client.push_arg = ctl;
	while (ctl_listen_in(&ctl->client, err, sizeof(err)) == 0)
		if (ferror(stdout))
			return EXIT_REFUSED;
	fprintf(stderr, "ipsecctl: %s\n", err);
	return EXIT_UNREACHABLE;
}
