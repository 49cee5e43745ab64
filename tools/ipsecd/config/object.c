// SPDX-License-Identifier: GPL-2.0-or-later
/* Reference-counted configuration objects in sorted sets; see object.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"

/*
 * A daemon that cannot get a few hundred bytes for its configuration cannot
 * keep any promise about it: ending here leaves the kernel's state, which
 * protects the traffic, as it is.
 */
static void *checked(void *p)
{
	if (!p) {
		fputs("ipsecd: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* Zeroed memory for an object, with one reference. */
void *object_alloc(size_t size)
{
	struct object *object = checked(calloc(1, size));

	object->refs = 1;
	return object;
}

void *object_memdup(const void *data, size_t size)
{
	void *copy = checked(malloc(size ? size : 1));

	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* NULL stays NULL. */
char *object_strdup(const char *text)
{
	return text ? checked(strdup(text)) : NULL;
}

/* Whether two texts, each of which may be absent, are the same. */
bool object_same_text(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

/* Replaces *where by a copy of @text, which may be NULL or *where itself. */
void object_set_text(char **where, const char *text)
{
	char *copy = object_strdup(text);

	free(*where);
	*where = copy;
}

bool object_same(const struct object_class *class, const struct object *a,
		 const struct object *b)
{
	return a == b || (a && b && class->equal(a, b));
}

static void object_put(const struct object_class *class, struct object *object)
{
	if (--object->refs == 0)
		class->destroy(object);
}

void objects_init(struct objects *set, const struct object_class *class)
{
	*set = (struct objects){ .class = class };
}

/* @to must not hold anything. */
void objects_copy(struct objects *to, const struct objects *from)
{
	*to = *from;
	to->v = NULL;
	to->room = from->n;
	if (!from->n)
		return;
	to->v = object_memdup(from->v, from->n * sizeof(*from->v));
	for (size_t i = 0; i < to->n; i++)
		to->v[i]->refs++;
}

void objects_clear(struct objects *set)
{
	for (size_t i = 0; i < set->n; i++)
		object_put(set->class, set->v[i]);
	free(set->v);
	objects_init(set, set->class);
}

bool objects_equal(const struct objects *a, const struct objects *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!object_same(a->class, a->v[i], b->v[i]))
			return false;
	return true;
}

size_t objects_lower_bound(const struct objects *set, const void *key)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->class->compare(set->v[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool found_at(const struct objects *set, size_t i, const void *key)
{
	return i < set->n && set->class->compare(set->v[i], key) == 0;
}

const void *objects_find(const struct objects *set, const void *key)
{
	size_t i = objects_lower_bound(set, key);

	return found_at(set, i, key) ? set->v[i] : NULL;
}

/*
 * A reference to the object as it is now, NULL if there is none; to be given
 * back to objects_undo() or objects_release().
 */
const void *objects_hold(const struct objects *set, const void *key)
{
	const struct object *object = objects_find(set, key);

	if (object)
		((struct object *)object)->refs++;
	return object;
}

/* Puts back what objects_hold() gave, which for NULL is: nothing. */
void objects_undo(struct objects *set, const void *key, const void *held)
{
	if (held)
		objects_insert(set, (void *)held);
	else
		objects_remove(set, key);
}

void objects_release(struct objects *set, const void *held)
{
	if (held)
		object_put(set->class, (struct object *)held);
}

/*
 * The object with the key of @key, for changing: cloned first if another
 * configuration holds it too.  The key must not be changed.  NULL if there is
 * none.
 */
void *objects_edit(struct objects *set, const void *key)
{
	size_t i = objects_lower_bound(set, key);
	struct object *copy;

	if (!found_at(set, i, key))
		return NULL;
	if (set->v[i]->refs > 1) {
		copy = set->class->clone(set->v[i]);
		object_put(set->class, set->v[i]);
		set->v[i] = copy;
	}
	return set->v[i];
}

/* Takes over the caller's reference; replaces an object of the same key. */
void objects_insert(struct objects *set, void *object)
{
	size_t i = objects_lower_bound(set, object);

	if (found_at(set, i, object)) {
		object_put(set->class, set->v[i]);
		set->v[i] = object;
		return;
	}
	if (set->n == set->room) {
		set->room = set->room ? 2 * set->room : 4;
		set->v = checked(realloc(set->v, set->room * sizeof(*set->v)));
	}
	memmove(set->v + i + 1, set->v + i, (set->n - i) * sizeof(*set->v));
	set->v[i] = object;
	set->n++;
}

/* Returns whether there was one. */
bool objects_remove(struct objects *set, const void *key)
{
	size_t i = objects_lower_bound(set, key);

	if (!found_at(set, i, key))
		return false;
	object_put(set->class, set->v[i]);
	set->n--;
	memmove(set->v + i, set->v + i + 1, (set->n - i) * sizeof(*set->v));
	return true;
}
