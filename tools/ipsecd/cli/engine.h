/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine: what the parts of the command engine share; not for its users. */
#ifndef IPSECD_CLI_ENGINE_H
#define IPSECD_CLI_ENGINE_H

#include "cli.h"
#include "grammar.h"
#include "value.h"

/* A declared command with its compiled grammars. */
struct slot {
	const struct cli_command *cmd;
	struct grammar set;
	struct grammar no;
	bool has_no;
};

struct cli {
	const struct cli_ops *ops;
	void *user;
	const struct cli_mode *modes[CLI_MODES_MAX];
	struct slot **slots;
	size_t n_slots;
};

#define CLI_F_BUILTIN	0x80000000u	/* acts on the session, opens no candidate */
#define CLI_F_FILE_NOOP	0x40000000u	/* exec command that a pasted file may hold */

/* ------------------------------------------------------------------ match */

struct matched {
	const struct atom *atom;
	size_t word;		/* index of its first word */
	size_t n_words;
};

/* A command found for a line. */
struct match {
	const struct slot *slot;
	const struct grammar *g;
	struct matched *path;
	size_t n;		/* matched atoms */
	uint8_t quality[CLI_TOKENS_MAX]; /* by word: MATCH_* */
};

enum match_quality {
	MATCH_LINE = 1,
	MATCH_WORD,
	MATCH_VARIABLE,
	MATCH_PREFIX,
	MATCH_EXACT,
};

/* Why no command was found. */
struct match_error {
	enum cli_status status;	/* UNKNOWN, AMBIGUOUS, INCOMPLETE */
	size_t word;		/* the first one that does not fit */
	char reason[VALUE_REASON_MAX];
	bool secret;		/* the word may be one, or stands behind one */
};

/*
 * match_line - the command of mode @mode that the words are. Returns true
 * with @m filled (match_free() it), else false with @e filled. *@n is
 * lowered when the line ends in a comment.
 */
bool match_line(const struct cli *cli, unsigned int mode, enum cli_op op,
		const struct word *words, size_t *n, struct match *m,
		struct match_error *e);
void match_free(struct match *m);
/* match_compare - which of two readings of the same words is the closer one. */
int match_compare(const struct match *a, const struct match *b, size_t n);

/*
 * match_next - call @fn for every atom that may follow the words; returns
 * whether the words parse so far (else @e). *@complete: the words are a
 * whole command already.
 */
bool match_next(const struct cli *cli, unsigned int mode, enum cli_op op,
		const struct word *words, size_t n,
		void (*fn)(void *arg, const struct atom *a), void *arg,
		bool *complete, struct match_error *e);

/* word_split - words of a line; their number, or -1 if there are too many. */
int word_split(const char *line, size_t len, struct word *words, size_t max);
bool word_is(const struct word *w, const char *text);
/*
 * secret_begins - of a line whose grammar was not checked: the first word that
 * may be a password or key and is not to be repeated, or @n.
 */
size_t secret_begins(const struct word *words, size_t n);
/* word_abbreviates - is @w a beginning of @text, in any case? */
bool word_abbreviates(const struct word *w, const char *text);

/* ----------------------------------------------------------------- filter */

/*
 * filter_find - the index of the word that begins an output filter, or @n.
 */
size_t filter_find(const struct word *words, size_t n);
/*
 * filter_apply - reduce @out by the filter that begins at word @at. Returns
 * 0, or -1 with status, marker and error of @res set.
 */
int filter_apply(const char *line, size_t len, const struct word *words, size_t n,
		 size_t at, struct text *out, struct cli_result *res);
/* filter_check - the same without output: is the filter well-formed? */
int filter_check(const char *line, size_t len, const struct word *words, size_t n,
		 size_t at, struct cli_result *res);
/* filter_words - the names of the filters with their help. */
void filter_words(void (*fn)(void *arg, const char *word, const char *help), void *arg);

/* ---------------------------------------------------------------- session */

struct level {
	uint8_t mode;
	size_t indent;		/* of the line that entered it */
	void *obj;
	void (*release)(void *obj);
};

/* Lines that belong to a command before them: a banner, a certificate. */
struct block {
	bool active;
	bool quit;		/* ends at "quit", else at @delimiter */
	char delimiter[4];
	unsigned int line;
	char *head;		/* the command line, run again with the text */
	struct text text;
};

/* A section whose head was refused: its lines must not go elsewhere. */
struct guard {
	bool active;
	unsigned int line;
	size_t indent;
};

struct cli_session {
	struct cli *cli;
	struct level stack[CLI_DEPTH_MAX];
	size_t depth;		/* levels in use, at least 1 */
	bool monitor;
	void *data;
	struct block block;
	struct guard guard;
	unsigned int line;	/* of the paste or file, 1-based; else 0 */
	bool file;		/* inside cli_apply() */
	void *candidate;	/* of the file */
};

struct argument {
	const char *name;
	struct value value;
	const struct atom *atom;
	size_t column;
	bool shared;		/* value belongs to another argument */
};

struct cli_ctx {
	struct cli_session *s;
	struct cli_result *res;
	const struct match *match;
	size_t level;		/* of the stack, where the command was found */
	enum cli_op op;
	unsigned int flags;
	void *candidate;
	struct argument *args;
	size_t n_args;
	json_t *json;
	bool ignored;
	struct text warnings;
	/* what is to happen to the mode stack when the line is done */
	bool enter;
	struct level next;
	size_t keep;		/* levels that stay, 0: as @level says */
};

/* args_build - the arguments of a match; args_free() wipes them. */
void args_build(struct cli_ctx *c, const struct word *words, size_t n);
void args_free(struct cli_ctx *c);
/* args_column - where the argument stands in the line, or -1. */
int args_column(const struct cli_ctx *c, const char *name);
/* args_replace_line - put the text of a block into the LINE argument. */
void args_replace_line(struct cli_ctx *c, const struct text *text);

void session_pop(struct cli_session *s, size_t depth);
void session_push(struct cli_session *s, const struct level *level);

/* A line taken apart: which command, found in which mode. */
struct reading {
	const char *line;
	size_t len;
	size_t indent;
	struct word words[CLI_TOKENS_MAX];
	size_t n;
	size_t first;		/* words before the command: "no", "do" */
	size_t n_cmd;		/* words of the command */
	size_t filter;		/* word of an output filter, or n */
	enum cli_op op;
	bool found;
	bool swallowed;		/* a line of an ignored section */
	struct match match;
	size_t level;		/* of the stack, where it was found */
	struct match_error error;
	bool error_inner;	/* got further in the innermost mode than outside */
};

/*
 * reading_operators - take "do", "no" and "default" off, find an output
 * filter; *@top and *@bottom are the levels of the stack to be searched.
 */
void reading_operators(const struct cli_session *s, struct reading *r,
		       size_t *top, size_t *bottom);
/* reading_resolve - find the command of a line already split into words. */
void reading_resolve(struct cli_session *s, struct reading *r);
void reading_free(struct reading *r);
/* reading_fail - put r->error into the result. */
void reading_fail(const struct reading *r, struct cli_result *res);

/* guard_* - see guard.c */
bool guard_skips(struct cli_session *s, const struct reading *r, struct cli_result *res);
void guard_note(struct cli_session *s, const struct reading *r, enum cli_status status);

/* result_set - status, marker and message; the message may be NULL. */
void result_set(struct cli_result *res, enum cli_status status, int marker,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * invoke_reading - call the handler of what was found, inside its candidate,
 * and move the mode stack. @block replaces the LINE argument if not NULL.
 */
void invoke_reading(struct cli_session *s, const struct reading *r,
		    const struct text *block, unsigned int flags,
		    struct cli_result *res);

/* Where the refusals and warnings of a commit go. */
struct cli_commit {
	struct cli_report *report;	/* of a file, or NULL */
	struct cli_result *res;		/* of one line, or NULL */
	unsigned int refused;
};

/* report_add - one more line; takes over @text. */
void report_add(struct cli_report *r, unsigned int line, enum cli_status status,
		int marker, char *text, bool warning);

#define BLOCK_MAX	(64u << 10)	/* octets of a banner or certificate */

/*
 * block_begin - is the command just found the head of a block whose text goes
 * on in the following lines? If so it is remembered.
 */
bool block_begin(struct cli_session *s, const struct reading *r);
/*
 * block_add - one more line of the block. True when it was the last one:
 * s->block.text is whole, and block_end() is due.
 */
bool block_add(struct cli_session *s, const char *line, size_t len, bool *overflow);
void block_end(struct cli_session *s);

extern const struct cli_command builtin_commands[];
extern const size_t builtin_commands_n;

/* checked - ends the program when an allocation failed. */
void *checked(void *p);
char *checked_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
