// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * match: find the command that a line is.
 *
 * All commands of a mode are followed at once, word by word. Which keywords
 * a word abbreviates is therefore judged over everything possible at that
 * place, as one tree of all commands would; a later word never rescues an
 * abbreviation that was ambiguous where it stood.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine.h"

#define NONE ((size_t)-1)

/* One way to have read the words up to @end. */
struct thread {
	const struct slot *slot;
	const struct grammar *g;
	size_t atom;
	size_t prev;		/* thread, or NONE */
	size_t word;
	size_t n_words;
	uint8_t quality;
	size_t sibling;		/* next thread with the same end, or NONE */
};

struct run {
	const struct cli *cli;
	unsigned int mode;
	enum cli_op op;
	const struct word *words;
	size_t n;
	struct thread *threads;
	size_t n_threads;
	size_t size;
	size_t at[CLI_TOKENS_MAX + 1];	/* threads by the word they end before */
	char reason[VALUE_REASON_MAX];
	bool ambiguous;
};

/* What the atoms possible at one word make of it. */
struct survey {
	bool exact;
	bool variable;
	const char *prefix;	/* the keyword abbreviated */
	bool ambiguous;
};

typedef void (*edge_fn)(struct run *r, void *arg, const struct slot *slot,
			const struct grammar *g, size_t atom, size_t prev);

/* ------------------------------------------------------------------ words */

int word_split(const char *line, size_t len, struct word *words, size_t max)
{
	size_t n = 0, i = 0;

	for (;;) {
		while (i < len && isblank((unsigned char)line[i]))
			i++;
		if (i == len)
			return (int)n;
		if (n == max)
			return -1;
		words[n].text = line + i;
		words[n].column = i;
		while (i < len && !isblank((unsigned char)line[i]))
			i++;
		words[n].len = (size_t)(line + i - words[n].text);
		n++;
	}
}

bool word_is(const struct word *w, const char *text)
{
	return strlen(text) == w->len && !strncasecmp(text, w->text, w->len);
}

bool word_abbreviates(const struct word *w, const char *text)
{
	return w->len && !strncasecmp(text, w->text, w->len);
}

/* -------------------------------------------------------------- the search */

static const struct grammar *grammar_of(const struct run *r, const struct slot *slot)
{
	if (!(slot->cmd->modes & CLI_IN(r->mode)))
		return NULL;
	if (r->op == CLI_SET)
		return slot->cmd->set || slot->cmd->flags & CLI_F_IGNORED ? &slot->set : NULL;
	return slot->has_no ? &slot->no : NULL;
}

static void for_each_in(struct run *r, const struct slot *slot, const struct grammar *g,
			const struct atom_set *set, size_t prev, edge_fn fn, void *arg)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (atom_set_has(set, i))
			fn(r, arg, slot, g, i, prev);
}

/* Every atom that may stand at word @i. */
static void for_each_edge(struct run *r, size_t i, edge_fn fn, void *arg)
{
	size_t k, next;

	if (!i) {
		for (k = 0; k < r->cli->n_slots; k++) {
			const struct slot *slot = r->cli->slots[k];
			const struct grammar *g = grammar_of(r, slot);

			if (g && (!r->n || grammar_may_begin(g, (unsigned char)*r->words->text)))
				for_each_in(r, slot, g, &g->first, NONE, fn, arg);
		}
		return;
	}
	for (k = r->at[i]; k != NONE; k = next) {
		struct thread t = r->threads[k];

		next = t.sibling;
		for_each_in(r, t.slot, t.g, &t.g->follow[t.atom], k, fn, arg);
	}
}

static uint8_t keyword_quality(const struct atom *a, const struct word *w)
{
	size_t k;

	if (word_is(w, a->text))
		return MATCH_EXACT;
	for (k = 0; k < GRAMMAR_ALIASES_MAX && a->alias[k]; k++)
		if (word_is(w, a->alias[k]))
			return MATCH_EXACT;
	if (word_abbreviates(w, a->text))
		return MATCH_PREFIX;
	for (k = 0; k < GRAMMAR_ALIASES_MAX && a->alias[k]; k++)
		if (word_abbreviates(w, a->alias[k]))
			return MATCH_PREFIX;
	return 0;
}

static uint8_t variable_quality(const struct atom *a)
{
	if (a->kind == ATOM_LINE)
		return MATCH_LINE;
	return a->kind == ATOM_WORD ? MATCH_WORD : MATCH_VARIABLE;
}

struct survey_arg {
	struct survey *out;
	size_t word;
};

static void survey_edge(struct run *r, void *arg, const struct slot *slot,
			const struct grammar *g, size_t atom, size_t prev)
{
	const struct survey_arg *sa = arg;
	const struct atom *a = &g->atoms[atom];
	char reason[VALUE_REASON_MAX] = "";
	struct survey *s = sa->out;

	(void)slot;
	(void)prev;
	if (a->kind != ATOM_KEYWORD) {
		if (value_parse(a, &r->words[sa->word], r->n - sa->word, NULL, reason))
			s->variable = true;
		else if (!*r->reason)
			memcpy(r->reason, reason, sizeof(reason));
		return;
	}
	switch (keyword_quality(a, &r->words[sa->word])) {
	case MATCH_EXACT:
		s->exact = true;
		break;
	case MATCH_PREFIX:
		if (s->prefix && strcmp(s->prefix, a->text))
			s->ambiguous = true;
		s->prefix = a->text;
		break;
	}
}

static size_t thread_qualities(const struct run *r, size_t k, uint8_t *quality)
{
	size_t end = r->threads[k].word + r->threads[k].n_words;

	for (; k != NONE; k = r->threads[k].prev)
		memset(quality + r->threads[k].word, r->threads[k].quality,
		       r->threads[k].n_words);
	return end;
}

static bool thread_better(const struct run *r, size_t a, size_t b)
{
	uint8_t qa[CLI_TOKENS_MAX], qb[CLI_TOKENS_MAX];
	size_t n = thread_qualities(r, a, qa);

	thread_qualities(r, b, qb);
	return memcmp(qa, qb, n) > 0;
}

/* Add a thread, unless a closer reading already leads to the same place. */
static void thread_add(struct run *r, const struct thread *new)
{
	size_t end = new->word + new->n_words, k, sibling;

	if (r->n_threads == r->size) {
		r->size = r->size ? 2 * r->size : 64;
		r->threads = checked(reallocarray(r->threads, r->size, sizeof(*r->threads)));
	}
	r->threads[r->n_threads] = *new;
	for (k = r->at[end]; k != NONE; k = r->threads[k].sibling) {
		if (r->threads[k].g != new->g || r->threads[k].atom != new->atom)
			continue;
		if (thread_better(r, r->n_threads, k)) {
			sibling = r->threads[k].sibling;
			r->threads[k] = *new;
			r->threads[k].sibling = sibling;
		}
		return;
	}
	r->threads[r->n_threads].sibling = r->at[end];
	r->at[end] = r->n_threads++;
}

struct step_arg {
	const struct survey *survey;
	size_t word;
};

static void step_edge(struct run *r, void *arg, const struct slot *slot,
		      const struct grammar *g, size_t atom, size_t prev)
{
	const struct step_arg *sa = arg;
	const struct atom *a = &g->atoms[atom];
	struct thread t = { .slot = slot, .g = g, .atom = atom, .prev = prev,
			    .word = sa->word, .n_words = 1 };

	if (a->kind == ATOM_KEYWORD) {
		t.quality = keyword_quality(a, &r->words[sa->word]);
		if (!t.quality || (t.quality == MATCH_PREFIX &&
				   (sa->survey->exact || sa->survey->ambiguous)))
			return;
	} else {
		if (sa->survey->exact)
			return;
		t.n_words = value_parse(a, &r->words[sa->word], r->n - sa->word, NULL, NULL);
		t.quality = variable_quality(a);
		if (!t.n_words)
			return;
	}
	thread_add(r, &t);
}

static bool thread_complete(const struct thread *t)
{
	return atom_set_has(&t->g->last, t->atom);
}

static bool complete_at(const struct run *r, size_t i)
{
	size_t k;

	for (k = i ? r->at[i] : NONE; k != NONE; k = r->threads[k].sibling)
		if (thread_complete(&r->threads[k]))
			return true;
	return false;
}

/* Read all words; r->at[r->n] holds what came through. */
static void run_words(struct run *r)
{
	struct survey survey;
	size_t i;

	for (i = 0; i <= r->n; i++)
		r->at[i] = NONE;
	for (i = 0; i < r->n; i++) {
		struct survey_arg look = { &survey, i };
		struct step_arg step = { &survey, i };

		if (i && r->at[i] == NONE)
			continue;
		if (r->words[i].text[0] == '!' && complete_at(r, i)) {
			r->n = i;
			return;
		}
		memset(&survey, 0, sizeof(survey));
		r->reason[0] = '\0';
		for_each_edge(r, i, survey_edge, &look);
		r->ambiguous = survey.ambiguous && !survey.exact && !survey.variable;
		for_each_edge(r, i, step_edge, &step);
	}
}

static void run_start(struct run *r, const struct cli *cli, unsigned int mode,
		      enum cli_op op, const struct word *words, size_t n)
{
	memset(r, 0, sizeof(*r));
	r->cli = cli;
	r->mode = mode;
	r->op = op;
	r->words = words;
	r->n = n;
	run_words(r);
}

/*
 * Could the word that fits nowhere be a secret? It could where one belongs, or
 * would belong had a keyword in front of it not been left out; and what
 * stands behind a secret is not repeated either.
 */
static void note_secret(struct run *r, void *arg, const struct slot *slot,
			const struct grammar *g, size_t atom, size_t prev)
{
	bool *secret = arg;
	size_t i;

	(void)slot;
	if (!g->secret)
		return;
	*secret = *secret || g->atoms[atom].secret;
	for (i = 0; i < g->n; i++)
		if (g->atoms[i].secret && atom_set_has(&g->follow[atom], i))
			*secret = true;
	for (i = prev; i != NONE; i = r->threads[i].prev)
		if (g->atoms[r->threads[i].atom].secret)
			*secret = true;
}

static void explain(struct run *r, struct match_error *e)
{
	size_t i = r->n;

	memset(e, 0, sizeof(*e));
	if (r->n && r->at[r->n] != NONE) {
		e->status = CLI_INCOMPLETE;
		e->word = r->n;
		for_each_edge(r, r->n, note_secret, &e->secret);
		return;
	}
	while (i && r->at[i] == NONE)
		i--;
	e->word = i;
	e->status = r->ambiguous ? CLI_AMBIGUOUS : CLI_UNKNOWN;
	if (!r->n)
		e->status = CLI_INCOMPLETE;
	memcpy(e->reason, r->reason, sizeof(e->reason));
	for_each_edge(r, i, note_secret, &e->secret);
}

/* ---------------------------------------------------------------- results */

static size_t best_thread(const struct run *r)
{
	size_t best = NONE, k;

	for (k = r->n ? r->at[r->n] : NONE; k != NONE; k = r->threads[k].sibling) {
		if (!thread_complete(&r->threads[k]))
			continue;
		/* Siblings are in reverse order: among equals the first declared. */
		if (best == NONE || !thread_better(r, best, k))
			best = k;
	}
	return best;
}

static void fill_match(const struct run *r, size_t best, struct match *m)
{
	size_t k, i = 0;

	memset(m, 0, sizeof(*m));
	m->slot = r->threads[best].slot;
	m->g = r->threads[best].g;
	thread_qualities(r, best, m->quality);
	for (k = best; k != NONE; k = r->threads[k].prev)
		m->n++;
	m->path = checked(calloc(m->n, sizeof(*m->path)));
	for (k = best; k != NONE; k = r->threads[k].prev) {
		struct matched *p = &m->path[m->n - ++i];

		p->atom = &m->g->atoms[r->threads[k].atom];
		p->word = r->threads[k].word;
		p->n_words = r->threads[k].n_words;
	}
}

bool match_line(const struct cli *cli, unsigned int mode, enum cli_op op,
		const struct word *words, size_t *n, struct match *m,
		struct match_error *e)
{
	struct run r;
	size_t best;

	run_start(&r, cli, mode, op, words, *n);
	best = best_thread(&r);
	if (best != NONE) {
		fill_match(&r, best, m);
		*n = r.n;
	} else {
		explain(&r, e);
	}
	free(r.threads);
	return best != NONE;
}

void match_free(struct match *m)
{
	free(m->path);
	m->path = NULL;
}

int match_compare(const struct match *a, const struct match *b, size_t n)
{
	return memcmp(a->quality, b->quality, n);
}

struct next_arg {
	void (*fn)(void *arg, const struct atom *a);
	void *arg;
};

static void next_edge(struct run *r, void *arg, const struct slot *slot,
		      const struct grammar *g, size_t atom, size_t prev)
{
	const struct next_arg *na = arg;

	(void)r;
	(void)prev;
	if (!(slot->cmd->flags & CLI_F_HIDDEN))
		na->fn(na->arg, &g->atoms[atom]);
}

bool match_next(const struct cli *cli, unsigned int mode, enum cli_op op,
		const struct word *words, size_t n,
		void (*fn)(void *arg, const struct atom *a), void *arg,
		bool *complete, struct match_error *e)
{
	struct next_arg na = { fn, arg };
	struct run r;
	bool ok;

	run_start(&r, cli, mode, op, words, n);
	ok = !r.n || r.at[r.n] != NONE;
	*complete = ok && complete_at(&r, r.n);
	if (ok)
		for_each_edge(&r, r.n, next_edge, &na);
	else
		explain(&r, e);
	free(r.threads);
	return ok;
}
