/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl: the control protocol between a daemon and its command-line program.
 *
 * A unix stream socket carries frames: four octets of length, most
 * significant first, then that many octets of one JSON object. The client
 * sends a request, the daemon answers each with exactly one reply, in order.
 * The modes a session is in are kept per connection.
 *
 *   request {"op":"exec","line":L[,"json":true][,"paste":true]}
 *   reply   {"status":S,"text":T[,"json":V][,"error":E][,"word":W]
 *            [,"detail":D][,"marker":N][,"warnings":W],"prompt":P[,"secret":true]
 *            [,"close":true]}
 *   request {"op":"apply","text":T}
 *   reply   {"status":S,"applied":N,"ignored":N,"refused":N,"committed":B,
 *            "lines":[{"line":N,"status":S,"text":T[,"warning":true]}…],
 *            "prompt":P}
 *   request {"op":"complete","line":L,"cursor":N[,"width":N]}
 *   reply   {"start":N,"partial":B,"matches":[{"word":W,"help":H,
 *            "literal":B}…],"text":T[,"error":E,"marker":N],"prompt":P}
 *   request {"op":"prompt"}
 *   reply   {"prompt":P,"mode":M}
 *   any request that cannot be understood
 *   reply   {"status":"error","error":E}
 *   unasked, in between, to a session that has said "terminal monitor", whose
 *   replies to exec have "monitor":true then
 *           {"monitor":[{"time":T,"severity":N,"text":T}…][,"lost":N]}
 *
 * S is one of cli_status_name(). The time is milliseconds since 1970, "lost" the
 * number of lines behind these that were dropped because nobody read them.
 */
#ifndef TOOLS_LIB_CTL_H
#define TOOLS_LIB_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CTL_REQUEST_MAX	(16u << 20)	/* octets in one request */
#define CTL_REPLY_MAX	(256u << 20)	/* octets in one reply */

/* --------------------------------------------------- framing, incremental */

/* Collects octets as they arrive and yields whole frames. */
struct ctl_decoder {
	uint8_t *data;
	size_t len;		/* octets collected and not yet consumed */
	size_t size;
	size_t max;		/* longest frame accepted */
};

void ctl_decoder_init(struct ctl_decoder *d, size_t max);
/* Content is wiped: requests carry keys. */
void ctl_decoder_free(struct ctl_decoder *d);
/* ctl_decoder_add - take over @len octets from the stream. 0 or -ENOMEM. */
int ctl_decoder_add(struct ctl_decoder *d, const void *data, size_t len);
/*
 * ctl_decoder_next - the next whole frame, parsed, in @value (caller owns).
 * 1: got one; 0: more octets are needed; negative errno with a text in @err:
 * -EMSGSIZE longer than the limit, -EBADMSG not one JSON object. After an
 * error the stream cannot be trusted any more: close it.
 */
int ctl_decoder_next(struct ctl_decoder *d, json_t **value, char *err, size_t size);

/*
 * ctl_encode - one frame as octets in *@data (caller frees), *@len of them.
 * 0, -EMSGSIZE if longer than @max, -ENOMEM.
 */
int ctl_encode(const json_t *value, size_t max, uint8_t **data, size_t *len);

/* ---------------------------------------------------------------- sockets */

/*
 * ctl_listen - bind and listen on @path, mode 0600 (0660 and the group if
 * @gid is not -1); a socket that nobody listens on any more is replaced, one
 * in use is not. Returns the non-blocking descriptor, or a negative errno
 * with a text.
 */
int ctl_listen(const char *path, gid_t gid, char *err, size_t size);

/* ctl_peer - who is at the other end (SO_PEERCRED). 0 or a negative errno. */
int ctl_peer(int fd, uid_t *uid, gid_t *gid, pid_t *pid);

/*
 * ctl_peer_allowed - root, the daemon's own user, or a member of group @gid
 * (-1: no group), primary or supplementary.
 */
bool ctl_peer_allowed(int fd, gid_t gid);

/* ----------------------------------------------------------- client, blocking */

struct ctl_client {
	int fd;
	struct ctl_decoder in;
	/* What comes unasked ("monitor"); NULL: it is dropped. */
	void (*push)(void *arg, const json_t *frame);
	void *push_arg;
};

/* ctl_connect - 0 or a negative errno with a text in @err. Sets no push(). */
int ctl_connect(struct ctl_client *c, const char *path, char *err, size_t size);
/*
 * ctl_call - send @request (the reference is taken over) and wait for the
 * reply in *@reply. 0, or a negative errno with a text: -EPIPE when the
 * daemon closed the connection.
 */
int ctl_call(struct ctl_client *c, json_t *request, json_t **reply,
	     char *err, size_t size);
/*
 * ctl_deliver - give push() what came unasked together with a reply; does not
 * wait. Returns how many frames, or a negative errno as below.
 */
int ctl_deliver(struct ctl_client *c, char *err, size_t size);
/*
 * ctl_listen_in - wait for something that comes unasked, and give all there is
 * to push(). 0, or a negative errno with a text as ctl_call() has it; -EPROTO
 * for a reply that nothing was asked for.
 */
int ctl_listen_in(struct ctl_client *c, char *err, size_t size);
void ctl_close(struct ctl_client *c);

#endif
