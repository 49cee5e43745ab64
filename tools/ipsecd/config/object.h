/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration objects and sorted sets of them.
 *
 * A configuration is a value: a copy of it is taken for every line, changed,
 * and becomes the running one or is thrown away.  So that a copy stays cheap
 * objects are shared: they carry a reference count, are never changed while
 * more than one set holds them, and are cloned by objects_edit() before that.
 * Nothing here is used by more than one thread.
 */
#ifndef _IPSECD_CONFIG_OBJECT_H
#define _IPSECD_CONFIG_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct object - first member of every configuration object
 * @refs: sets that hold it
 * @line: line of the file that changed it last, 0 for none; for messages
 * @stamp: candidate in which that was, see config_begin()
 */
struct object {
	unsigned int refs;
	unsigned int line;
	unsigned int stamp;
};

/**
 * struct object_class - what can be done with one kind of object
 * @compare: order by key, as strcmp(); only the key members are looked at
 * @equal: whether two objects say the same, key included
 * @clone: deep copy with one reference
 * @destroy: wipes secrets and frees
 */
struct object_class {
	int (*compare)(const void *a, const void *b);
	bool (*equal)(const void *a, const void *b);
	void *(*clone)(const void *object);
	void (*destroy)(void *object);
};

/**
 * struct objects - a set of objects of one class, sorted by key
 * @class: of all members
 * @v: the members
 * @n: how many
 * @room: allocated length of @v
 */
struct objects {
	const struct object_class *class;
	struct object **v;
	size_t n;
	size_t room;
};

void objects_init(struct objects *set, const struct object_class *class);
void objects_copy(struct objects *to, const struct objects *from);
void objects_clear(struct objects *set);
bool objects_equal(const struct objects *a, const struct objects *b);

/* @key is an object of which only the key members are filled in. */
const void *objects_find(const struct objects *set, const void *key);
/* Index of the first object that is not before @key. */
size_t objects_lower_bound(const struct objects *set, const void *key);
const void *objects_hold(const struct objects *set, const void *key);
void objects_undo(struct objects *set, const void *key, const void *held);
void objects_release(struct objects *set, const void *held);
void *objects_edit(struct objects *set, const void *key);
void objects_insert(struct objects *set, void *object);
bool objects_remove(struct objects *set, const void *key);

void *object_alloc(size_t size);
void *object_memdup(const void *data, size_t size);
char *object_strdup(const char *text);
bool object_same_text(const char *a, const char *b);
void object_set_text(char **where, const char *text);
bool object_same(const struct object_class *class, const struct object *a,
		 const struct object *b);

/* Walks @set; @pos is a pointer to the const object type. */
#define objects_for_each(pos, set, i) \
	for ((i) = 0; (i) < (set)->n && ((pos) = (const void *)(set)->v[i], true); (i)++)

#endif /* _IPSECD_CONFIG_OBJECT_H */
