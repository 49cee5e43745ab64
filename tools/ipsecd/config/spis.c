// SPDX-License-Identifier: GPL-2.0-or-later
/* SPIs of session keys, in a tree of tsearch(3); see spis.h. */
#define _GNU_SOURCE
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "spis.h"

/**
 * struct record - who had an SPI last
 * @map: key, as @family
 * @peer: key; unset for inbound ones
 * @seq: of the entry
 */
struct record {
	char *map;
	uint16_t family;
	enum cryptomap_direction direction;
	uint32_t spi;
	struct addr peer;
	unsigned int seq;
};

/* @filled: the entries that there are have been recorded. */
struct spis {
	void *tree;
	bool filled;
};

struct spis *spis_new(void)
{
	struct spis *spis = calloc(1, sizeof(*spis));

	if (!spis)
		abort();
	return spis;
}

static void record_free(void *record)
{
	free(((struct record *)record)->map);
	free(record);
}

void spis_free(struct spis *spis)
{
	if (!spis)
		return;
	tdestroy(spis->tree, record_free);
	free(spis);
}

static int record_compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order;

	if (x->spi != y->spi)
		return x->spi < y->spi ? -1 : 1;
	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	order = addr_compare(&x->peer, &y->peer);
	return order ? order : strcmp(x->map, y->map);
}

static unsigned int *find_or_add(struct spis *spis, const struct map_entry *entry,
				 enum cryptomap_direction direction)
{
	struct record key = {
		.map = entry->name, .family = entry->family, .direction = direction,
		.spi = entry->key[direction].spi,
	};
	struct record **node, *record;

	if (direction == CRYPTOMAP_DIRECTION_OUT && entry->n_peers)
		key.peer = entry->peers[0];
	node = tfind(&key, &spis->tree, record_compare);
	if (node)
		return &(*node)->seq;
	key.map = object_strdup(entry->name);
	record = object_memdup(&key, sizeof(key));
	if (!tsearch(record, &spis->tree, record_compare))
		abort();
	return &record->seq;
}

/* Those that were there before @changed was. */
static void fill(struct spis *spis, const struct objects *entries,
		 const struct map_entry *changed)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, entries, i)
		for (unsigned int d = 0; d < 2; d++)
			if (entry != changed && entry->key[d].set)
				*find_or_add(spis, entry, d) = entry->seq;
}

unsigned int *spis_record(struct spis *spis, const struct objects *entries,
			  const struct map_entry *entry,
			  enum cryptomap_direction direction)
{
	if (!spis->filled)
		fill(spis, entries, entry);
	spis->filled = true;
	return find_or_add(spis, entry, direction);
}
