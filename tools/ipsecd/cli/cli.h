/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli: the command engine.
 *
 * The engine turns one line of text into a call of one handler. It knows no
 * crypto, opens no file or socket, owns no event loop and has no globals.
 * Everything a line can be is written in constant tables of struct
 * cli_command; parsing, abbreviation, '?', Tab, 'no' and 'default', the '^'
 * marker, running-config, shell completion and the reference manual all come
 * from these tables (CLI-1 to CLI-9).
 *
 * Grammar strings
 * ---------------
 *   word            keyword; lower case; typed in any case, and abbreviated
 *                   to any prefix that is unique at its place
 *   word/alias      the same keyword spelled differently ("detail/detailed");
 *                   the first spelling is the one reported
 *   { a b | c }     one of the alternatives
 *   [ a | b ]       one of the alternatives, or nothing
 *   x...            x once or several times (x: word, variable, {} or [])
 *   TYPE$name       a typed variable, read by name with cli_arg_*()
 *   TYPE$!name      the same, secret: never quoted in a message, wiped after
 *                   use; the accessor's name is without the '!'
 *   {a|b}$name      the first word matched inside, as cli_arg_str(c, "name");
 *                   variables that come first inside may go without a name:
 *                   {(100-199)|WORD}$acl
 *
 *   types           what is accepted                        accessors
 *   A.B.C.D         IPv4 address                            ip4
 *   A.B.C.D/M       IPv4 prefix, host bits kept             ip4, plen
 *   X:X::X:X        IPv6 address                            ip6
 *   X:X::X:X/M      IPv6 prefix, host bits kept             ip6, plen
 *   MASK            dotted netmask, contiguous              ip4, plen
 *   WILDCARD        dotted wildcard mask, any bits          ip4
 *   (lo-hi)         decimal number in the range             u32, u64
 *   WORD            one word
 *   HEX             hexadecimal octets, 0x optional, even   bytes
 *   IFNAME          "GigabitEthernet 0/0", "gi0/0", "eth1"  str (canonical)
 *   LINE            the rest of the line, last in a grammar str
 *
 * An exactly typed keyword beats an abbreviated one, a keyword beats a
 * variable, a specific variable beats WORD, WORD beats LINE.
 *
 * Worked example
 * --------------
 *	enum { MODE_MAP = CLI_MODE_FIRST, MODE_IF };
 *
 *	static const struct cli_mode map_modes[] = {
 *		{ MODE_MAP, CLI_MODE_CONFIG, "crypto-map", "config-crypto-map" },
 *	};
 *
 *	struct map_ref { char name[64]; uint32_t seq; };    // what a mode remembers:
 *							    // names, never pointers
 *	static int map_set(struct cli_ctx *c)
 *	{
 *		struct config *cfg = cli_candidate(c);
 *		struct map_ref *ref;
 *
 *		if (!config_map_get(cfg, cli_arg_str(c, "map"), cli_arg_u32(c, "seq")))
 *			return cli_refuse_at(c, "map", "Too many crypto maps");
 *		ref = calloc(1, sizeof(*ref));
 *		...
 *		cli_enter(c, MODE_MAP, ref, free);
 *		return 0;
 *	}
 *
 *	static int map_unset(struct cli_ctx *c)		    // "no" and "default"
 *	{
 *		if (!cli_has(c, "seq"))
 *			return config_map_delete_all(...);
 *		...
 *	}
 *
 *	static void map_write(struct cli_writer *w)	    // running-config
 *	{
 *		const struct config *cfg = cli_write_config(w);
 *
 *		for (each entry) {
 *			cli_write_line(w, "crypto map %s %u ipsec-manual", name, seq);
 *			cli_write_mode(w, MODE_MAP, entry);  // writers of MODE_MAP, indented
 *			cli_write_sep(w);		     // "!"
 *		}
 *	}
 *
 *	static int peer_set(struct cli_ctx *c)
 *	{
 *		const struct map_ref *ref = cli_mode_obj(c);
 *		...cli_arg_ip4(c, "peer")...
 *	}
 *
 *	static void peer_write(struct cli_writer *w)
 *	{
 *		const struct entry *e = cli_write_obj(w);
 *
 *		if (e->peer.s_addr)
 *			cli_write_line(w, "set peer %s", ...);
 *	}
 *
 *	static int map_show(struct cli_ctx *c)
 *	{
 *		cli_set_json(c, map_to_json(cli_user(c), cli_arg_str(c, "tag")));
 *		return 0;
 *	}
 *
 *	static const struct cli_command map_commands[] = {
 *		{
 *			.grammar = "crypto map WORD$map (1-65535)$seq ipsec-manual",
 *			.no_grammar = "crypto map WORD$map [(1-65535)$seq]",
 *			.help = "Encryption module\n" "Crypto map\n" "Crypto map tag\n"
 *				"Sequence to insert into the map\n"
 *				"Session keys configured by hand\n",
 *			.modes = CLI_IN(CLI_MODE_CONFIG),
 *			.enters = MODE_MAP,
 *			.set = map_set, .unset = map_unset,
 *			.write = map_write, .order = 400, .ref = "C34",
 *		},
 *		{
 *			.grammar = "set peer A.B.C.D$peer",
 *			.no_grammar = "set peer [A.B.C.D$peer]",
 *			.help = "\n" "Peer address\n" "IP address of the peer\n",
 *			.modes = CLI_IN(MODE_MAP),
 *			.set = peer_set, .unset = peer_unset,
 *			.write = peer_write, .order = 10, .ref = "C44",
 *		},
 *		{
 *			.grammar = "show crypto map [{interface IFNAME$if|tag WORD$tag}]",
 *			.help = ...,
 *			.modes = CLI_IN_EXEC,
 *			.set = map_show, .render = map_render, .ref = "C93",
 *		},
 *		{
 *			.grammar = "service timestamps LINE$rest",	// 2.6 A2
 *			.help = ...,
 *			.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
 *		},
 *		{
 *			.grammar = "router {ospf|bgp|eigrp} (1-65535)$process",
 *			.help = ...,
 *			.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
 *			.enters = CLI_MODE_IGNORED,	// lines indented below it are
 *		},					// ignored with it
 *	};
 *
 *	struct cli *cli = cli_new(&ops, daemon);
 *
 *	if (cli_add_modes(cli, map_modes, ARRAY_SIZE(map_modes), err, sizeof(err)) ||
 *	    cli_add_commands(cli, map_commands, ARRAY_SIZE(map_commands), err, sizeof(err)))
 *		fail(err);		// names the table entry and the token
 *
 * Built in, not to be declared: enable, disable, configure terminal, exit,
 * end, quit, logout, help, 'do' in configuration modes, "terminal
 * {length|width}", '!' lines, output filters.
 */
#ifndef IPSECD_CLI_CLI_H
#define IPSECD_CLI_CLI_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../lib/text.h"

/* Limits; a line or file beyond them is refused with a text. */
#define CLI_LINE_MAX	4096	/* octets in one line */
#define CLI_TOKENS_MAX	256	/* words in one line */
#define CLI_MODES_MAX	64
#define CLI_DEPTH_MAX	8	/* nested modes */

/* ------------------------------------------------------------------ modes */

enum cli_mode_id {
	CLI_MODE_EXEC,		/* Router>          user exec */
	CLI_MODE_PRIV,		/* Router#          privileged exec */
	CLI_MODE_CONFIG,	/* Router(config)#  global configuration */
	CLI_MODE_IGNORED,	/* section of a feature this product does not have */
	CLI_MODE_FIRST,		/* first id free for cli_add_modes() */
};

#define CLI_IN(id)	(UINT64_C(1) << (id))
#define CLI_IN_EXEC	(CLI_IN(CLI_MODE_EXEC) | CLI_IN(CLI_MODE_PRIV))

struct cli_mode {
	uint8_t id;		/* CLI_MODE_FIRST .. CLI_MODES_MAX - 1 */
	uint8_t parent;		/* where 'exit' leads; CLI_MODE_CONFIG mostly */
	const char *name;	/* "crypto-map", for manual and JSON */
	const char *prompt;	/* "config-crypto-map", printed in parentheses */
};

/* --------------------------------------------------------------- commands */

struct cli;
struct cli_session;
struct cli_ctx;
struct cli_writer;

/*
 * Handler. Returns 0 when done, or the value of cli_refuse*(). A refused
 * line must leave no trace: check first, then change the candidate.
 * Exec handlers run outside of any candidate.
 */
typedef int (*cli_handler)(struct cli_ctx *c);

#define CLI_F_IGNORED		0x01	/* accepted, reported as ignored (2.6); no handlers */
#define CLI_F_BLOCK_DELIM	0x02	/* banner: LINE$text starts with a delimiter
					 * ("^C" or one character); lines up to its
					 * second occurrence belong to the command */
#define CLI_F_BLOCK_QUIT	0x04	/* certificate: lines up to "quit" belong to it */
#define CLI_F_HIDDEN		0x08	/* not in help, completion and manual */

struct cli_command {
	const char *grammar;
	/*
	 * Grammar after "no" or "default"; NULL: the same as @grammar. Only
	 * looked at when @unset is set or the command is ignored.
	 */
	const char *no_grammar;
	/*
	 * One line per keyword or variable of @grammar, in written order
	 * (aliases count once). An empty line takes the text another command
	 * gives for the same word at the same place. The number of lines is
	 * checked by cli_add_commands(). The no-form uses the same texts.
	 */
	const char *help;
	uint64_t modes;		/* CLI_IN(…) of every mode it exists in */
	uint32_t flags;		/* CLI_F_* */
	uint8_t enters;		/* mode that @set enters by cli_enter(), else 0 */
	uint16_t order;		/* place in the running-config, ascending; entries
				 * of equal order are not separated by '!' */
	cli_handler set;
	cli_handler unset;	/* cli_op(c) tells CLI_NO from CLI_DEFAULT */
	/* Renders the value given to cli_set_json() in the IOS layout. */
	void (*render)(const json_t *value, struct text *out);
	/* Prints what this command contributes to the running-config. */
	void (*write)(struct cli_writer *w);
	const char *ref;	/* requirement, for the manual: "C34" */
};

/* ------------------------------------------------- the owner of the config */

/*
 * What a commit could not apply although the handlers accepted it; @line is
 * cli_line() of the handler, 0 if the refusal concerns no single line.
 */
struct cli_commit;
void cli_commit_refuse(struct cli_commit *r, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct cli_ops {
	/* Host name of the prompt; NULL: "Router". */
	const char *(*hostname)(void *user);
	/*
	 * Two-phase change (all three or none). begin() returns a candidate
	 * for cli_candidate(), or NULL with the reason written to @err.
	 * commit() consumes it: 0, or -1 after at least one
	 * cli_commit_refuse() when nothing at all was applied; it may also
	 * return 0 after refusing single lines and applying the rest.
	 * abort() drops it. Called around each interactive configuration
	 * line, and once around a whole file.
	 */
	void *(*begin)(void *user, char *err, size_t size);
	int (*commit)(void *user, void *candidate, struct cli_commit *r);
	void (*abort)(void *user, void *candidate);
	/*
	 * Optional, for '?' and Tab: call add() for every name that exists
	 * for the variable @var ("map", "if", "acl" …).
	 */
	void (*values)(void *user, const char *var,
		       void (*add)(void *arg, const char *name), void *arg);
};

/* ----------------------------------------------------------------- engine */

/* cli_new - an engine with the built-in commands. @ops must outlive it. */
struct cli *cli_new(const struct cli_ops *ops, void *user);
void cli_free(struct cli *cli);		/* after its last session */

/*
 * Add modes and commands, before the first session. The tables must outlive
 * the engine. Return 0, or -1 with a text in @err that names entry and token.
 * A mode must be added before the commands that name it.
 */
int cli_add_modes(struct cli *cli, const struct cli_mode *modes, size_t n,
		  char *err, size_t size);
int cli_add_commands(struct cli *cli, const struct cli_command *cmds, size_t n,
		     char *err, size_t size);

/* cli_walk - visit all commands in the order they were added (manual, tests). */
void cli_walk(const struct cli *cli,
	      void (*fn)(void *arg, const struct cli_command *cmd), void *arg);

/* ------------------------------------------------- what a handler may call */

enum cli_op { CLI_SET, CLI_NO, CLI_DEFAULT };

enum cli_op cli_op(const struct cli_ctx *c);
void *cli_user(const struct cli_ctx *c);	/* @user of cli_new() */
void *cli_candidate(const struct cli_ctx *c);	/* of ops->begin(); NULL in exec */
unsigned int cli_line(const struct cli_ctx *c);	/* line in the file, 0 interactive */
bool cli_wants_json(const struct cli_ctx *c);	/* the caller asked for JSON */

/*
 * The object given to cli_enter() for the mode in which this command was
 * found.
 */
void *cli_mode_obj(const struct cli_ctx *c);
/* cli_mode_id - the mode in which this command was found. */
unsigned int cli_mode_id(const struct cli_ctx *c);

/*
 * cli_has - was this variable given, or this keyword (first spelling) typed?
 * The other accessors return 0, NULL or the zero address for what was not.
 */
bool cli_has(const struct cli_ctx *c, const char *name);
const char *cli_arg_str(const struct cli_ctx *c, const char *name);
uint32_t cli_arg_u32(const struct cli_ctx *c, const char *name);
uint64_t cli_arg_u64(const struct cli_ctx *c, const char *name);
struct in_addr cli_arg_ip4(const struct cli_ctx *c, const char *name);
const struct in6_addr *cli_arg_ip6(const struct cli_ctx *c, const char *name);
unsigned int cli_arg_plen(const struct cli_ctx *c, const char *name);
/* Octets of a HEX variable; valid until the handler returns, then wiped. */
const uint8_t *cli_arg_bytes(const struct cli_ctx *c, const char *name, size_t *len);
/* A variable that was given several times (x...): number, n-th as text. */
size_t cli_arg_count(const struct cli_ctx *c, const char *name);
const char *cli_arg_str_nth(const struct cli_ctx *c, const char *name, size_t n);
/*
 * The type of a variable that alternatives give the same name:
 * {A.B.C.D$a|X:X::X:X$a}. AF_INET, AF_INET6, or AF_UNSPEC for any other.
 */
int cli_arg_family(const struct cli_ctx *c, const char *name);

/*
 * Refuse the line: "% " and a newline are added. _at puts the '^' under the
 * variable or keyword @name. Use as "return cli_refuse(c, …)".
 */
int cli_refuse(struct cli_ctx *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int cli_refuse_at(struct cli_ctx *c, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Done, but report the line among the ignored ones. "return cli_ignore(c)". */
int cli_ignore(struct cli_ctx *c);
/* One line of warning, printed as "% …"; the line is done nevertheless. */
void cli_warn(struct cli_ctx *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Plain output. */
void cli_printf(struct cli_ctx *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct text *cli_out(struct cli_ctx *c);
/*
 * The value of a show command; the reference is taken over. Printed with
 * .render, or as indented JSON where there is none.
 */
void cli_set_json(struct cli_ctx *c, json_t *value);
/*
 * Enter @mode with @obj when the line is done (and committed); @release is
 * called when the mode is left, or when the line fails after all. Takes
 * @obj over in every case.
 */
void cli_enter(struct cli_ctx *c, unsigned int mode, void *obj, void (*release)(void *));

/* --------------------------------------------------------- running-config */

const void *cli_write_config(const struct cli_writer *w); /* @config below */
const void *cli_write_obj(const struct cli_writer *w);	/* of cli_write_mode() */
bool cli_write_secrets(const struct cli_writer *w);	/* print real keys? */
/* One line, indented to the current mode; no newline in @fmt. */
void cli_write_line(struct cli_writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Lines of all commands of @mode, one blank deeper, with object @obj. */
void cli_write_mode(struct cli_writer *w, unsigned int mode, const void *obj);
/* A "!" line, unless the last line is one. */
void cli_write_sep(struct cli_writer *w);

#define CLI_WRITE_HEADER	0x1	/* "Building configuration..." (CLI-7) */
#define CLI_WRITE_SECRETS	0x2	/* for the startup file */

/*
 * cli_running_config - append the configuration @config as its commands
 * write it, closed by "end".
 */
void cli_running_config(const struct cli *cli, const void *config,
			unsigned int flags, struct text *out);

/* --------------------------------------------------------------- sessions */

enum cli_status {
	CLI_DONE,
	CLI_IGNORED,		/* accepted without effect */
	CLI_REFUSED,		/* by the handler or the commit */
	CLI_INCOMPLETE,
	CLI_AMBIGUOUS,
	CLI_UNKNOWN,		/* invalid input at the marker */
	CLI_SKIPPED,		/* belongs to a section whose head was refused */
};

/* "done", "ignored", "refused", … */
const char *cli_status_name(enum cli_status status);

struct cli_result {
	enum cli_status status;
	int marker;		/* 0-based column of '^' in the line, or -1 */
	char *error;		/* "% Invalid input detected at '^' marker." */
	char *word;		/* the one at the marker, or NULL; never a secret */
	char *detail;		/* what is wrong with it: "out of the range <1-10>", or NULL */
	char *warnings;		/* "% …" lines, or NULL */
	struct text out;	/* output, filters applied */
	json_t *json;		/* value of a show command if JSON was asked for */
	bool secret;		/* the line held a secret: keep it out of histories */
	bool close;		/* "exit" from exec: end the session */
};

void cli_result_free(struct cli_result *res);

/* One user at one connection. Starts in privileged exec. */
struct cli_session *cli_session_new(struct cli *cli);
void cli_session_free(struct cli_session *s);
/* Whether it has said "terminal monitor": lines of the log are to be pushed to it. */
bool cli_session_monitors(const struct cli_session *s);

/* "Router(config-if)#"; inside a banner or certificate: "". */
void cli_prompt(const struct cli_session *s, struct text *out);
unsigned int cli_session_mode(const struct cli_session *s);

#define CLI_EXEC_JSON	0x1	/* show commands: the value instead of text */
#define CLI_EXEC_PASTE	0x2	/* part of a paste: guard sections whose head was
				 * refused, as cli_apply() does */

/*
 * cli_exec - execute one line (no newline needed). Fills @res, which the
 * caller frees. Returns res->status.
 */
enum cli_status cli_exec(struct cli_session *s, const char *line, size_t len,
			 unsigned int flags, struct cli_result *res);

/* ------------------------------------------------------------- whole files */

struct cli_report_line {
	unsigned int line;	/* 1-based; 0: the file as a whole */
	enum cli_status status;
	int marker;		/* column, or -1 */
	char *text;		/* refused, skipped, warning: "% reason"; ignored: the line */
	bool warning;
};

struct cli_report {
	struct cli_report_line *lines;	/* in the order they were met */
	size_t n;
	unsigned int applied;
	unsigned int ignored;
	unsigned int refused;	/* skipped lines included */
	bool committed;		/* false: nothing of the file took effect */
};

/*
 * cli_apply - apply a configuration, starting in global configuration mode;
 * the mode the session was in is restored afterwards. Good lines are applied
 * and committed together at the end, refused ones are reported; the lines of
 * a section whose first line was refused are skipped, not applied elsewhere.
 * Lines are atomic in themselves. Returns 0 if no line was refused, else -1.
 */
int cli_apply(struct cli_session *s, const char *text, size_t len,
	      struct cli_report *report);
void cli_report_free(struct cli_report *report);

/* ------------------------------------------------------ help and completion */

struct cli_match {
	char *word;		/* keyword, variable "A.B.C.D", or "<cr>" */
	char *help;
	bool literal;		/* may be inserted as it stands (keyword, name) */
};

struct cli_help {
	struct cli_match *matches;	/* sorted by word, "<cr>" last */
	size_t n;
	size_t start;		/* where in the line the word begins */
	bool partial;		/* the cursor stands directly behind a word */
	int marker;		/* words before it do not parse: column, else -1 */
	char *error;		/* the text for the marker */
};

/* cli_complete - what may stand at @cursor (octets from the line's start). */
void cli_complete(struct cli_session *s, const char *line, size_t cursor,
		  struct cli_help *help);
/* cli_help_text - as IOS prints it: a list, or one row of words for "wo?". */
void cli_help_text(const struct cli_help *help, unsigned int width, struct text *out);
void cli_help_free(struct cli_help *help);

/* -------------------------------------------------------- interface names */

/*
 * cli_ifname_canonical - the one spelling of an interface name (CLI-6):
 * "gigabitethernet 0/0", "Gi0/0" -> "GigabitEthernet0/0"; "eth1" stays.
 * Types are abbreviated to two letters or more, except that "ethN" stays the
 * Linux device of that name. Returns 0, or -1 if it cannot be an interface.
 */
int cli_ifname_canonical(const char *text, char *out, size_t size);

#endif
