// SPDX-License-Identifier: GPL-2.0
/*
 * The format of ESP packets (RFC 4303):
 *
 *	SPI | sequence number | IV | payload | padding | length | next | ICV
 *
 * Only bytes are laid out here; what is to be done with a packet is decided
 * in output.c and input.c.
 */

#include <linux/random.h>
#include <linux/skbuff.h>

#include "crypto.h"
#include "encap.h"
#include "esp.h"
#include "sa.h"

static unsigned int esp_header_len(const struct cm_sa *sa)
{
	return sizeof(struct ip_esp_hdr) + sa->iv_len;
}

/* Padding 1, 2, 3, …, its length, and what the payload is (RFC 4303 2.4). */
static unsigned int write_trailer(u8 *at, unsigned int payload,
				  const struct cm_sa *sa, u8 nexthdr)
{
	unsigned int pad = -(payload + 2) & (sa->align - 1);
	unsigned int i;

	for (i = 0; i < pad; i++)
		at[i] = i + 1;
	at[pad] = pad;
	at[pad + 1] = nexthdr;
	return pad + 2;
}

/*
 * A counter gives each packet an IV of its own (RFC 4106 3.1); CBC needs one
 * that cannot be foretold (RFC 3602 3).
 */
static void make_iv(struct cm_crypto_req *req)
{
	const struct cm_sa *sa = req->sa;

	if (sa->salt_iv)
		put_unaligned_be64(req->seq, req->iv);
	else if (sa->iv_len)
		get_random_bytes(req->iv, sa->iv_len);
}

static void push_header(const struct cm_crypto_req *req, struct sk_buff *skb)
{
	const struct cm_sa *sa = req->sa;
	struct ip_esp_hdr *esph = skb_push(skb, esp_header_len(sa));

	esph->spi = sa->id.spi;
	esph->seq_no = htonl(req->seq);
	memcpy(esph->enc_data, req->iv, sa->iv_len);
}

/*
 * Nobody else may see what is written, and there must be room on both sides;
 * else a new packet is made, and the cipher writes into it.
 */
static bool in_place(const struct sk_buff *skb, unsigned int head,
		     unsigned int tail)
{
	return !skb_cloned(skb) && !skb_shared(skb) && !skb_is_nonlinear(skb) &&
	       skb_headroom(skb) >= head && skb_tailroom(skb) >= tail;
}

static void build_in_place(struct cm_crypto_req *req, struct sk_buff *skb,
			   unsigned int payload, unsigned int trailer)
{
	const struct cm_sa *sa = req->sa;
	unsigned int header = req->inner.header;
	u8 *own = skb->data;

	memcpy(skb_put(skb, trailer + sa->icv_len), req->trailer, trailer);
	__skb_pull(skb, header);
	sg_init_table(req->src, 2);
	sg_set_buf(&req->src[1], skb->data, payload + trailer + sa->icv_len);
	if (header)
		memmove(own - esp_header_len(sa), own, header);
	push_header(req, skb);
	req->skb = skb;
}

/* The socket goes on counting its packet until the protected one is sent. */
static void move_owner(struct sk_buff *to, struct sk_buff *from)
{
	if (!from->destructor)
		return;
	swap(to->truesize, from->truesize);
	swap(to->destructor, from->destructor);
	swap(to->sk, from->sk);
}

static int build_anew(struct cm_crypto_req *req, struct sk_buff *skb,
		      unsigned int head, unsigned int payload,
		      unsigned int trailer)
{
	const struct cm_sa *sa = req->sa;
	unsigned int header = req->inner.header;
	unsigned int len = payload + trailer + sa->icv_len;
	struct sk_buff *to;
	int n = 0;

	to = alloc_skb(head + header + len, GFP_ATOMIC);
	if (!to)
		return -ENOMEM;
	sg_init_table(req->src, CM_CRYPTO_SG_MAX);
	if (payload)
		n = skb_to_sgvec_nomark(skb, &req->src[1], header, payload);
	if (n < 0 || skb_copy_bits(skb, 0, to->data + head -
				   esp_header_len(sa), header)) {
		kfree_skb(to);
		return -EMSGSIZE;
	}
	sg_set_buf(&req->src[1 + n], req->trailer, trailer);
	sg_mark_end(&req->src[1 + n]);

	skb_copy_header(to, skb);
	skb_reserve(to, head + header);
	sg_init_table(req->to, 2);
	sg_set_buf(&req->to[1], skb_put(to, len), len);
	push_header(req, to);
	move_owner(to, skb);
	req->skb = to;
	req->source = skb;
	return 0;
}

/**
 * cm_esp_build - lay out an ESP packet ready for encryption
 * @req: request whose @inner, @dst and @seq are set; gets the packet
 * @skb: packet from its IP header on, its checksums complete; in transport
 *	mode the first @req->inner.header bytes stay in clear
 * @to: where the cipher writes
 * @len: bytes to be encrypted
 *
 * Context: bottom halves disabled.
 * Return: 0, then @skb belongs to @req; or a negative error.
 */
int cm_esp_build(struct cm_crypto_req *req, struct sk_buff *skb,
		 struct scatterlist **to, unsigned int *len)
{
	const struct cm_sa *sa = req->sa;
	unsigned int payload = skb->len - req->inner.header;
	unsigned int head, trailer;
	int err = 0;

	if (skb_has_frag_list(skb) && skb_linearize(skb))
		return -ENOMEM;
	make_iv(req);
	trailer = write_trailer(req->trailer, payload, sa, req->inner.nexthdr);
	head = LL_RESERVED_SPACE(req->dst->dev) + cm_encap_len(sa) +
	       esp_header_len(sa);
	if (in_place(skb, head, trailer + sa->icv_len)) {
		build_in_place(req, skb, payload, trailer);
		*to = req->src;
	} else {
		err = build_anew(req, skb, head, payload, trailer);
		if (err)
			return err;
		*to = req->to;
	}
	cm_crypto_aad(req);
	sg_set_buf(&req->src[0], req->aad, req->aead.assoclen);
	sg_set_buf(&(*to)[0], req->aad, req->aead.assoclen);
	*len = payload + trailer;
	return 0;
}

/* The packet is decrypted where it lies, so it must be nobody else's. */
static struct sk_buff *make_private(struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (!skb_cloned(skb) && !skb_has_frag_list(skb) &&
	    !skb_has_shared_frag(skb))
		return skb;
	copy = skb_copy(skb, GFP_ATOMIC);
	if (!copy)
		return NULL;
	/* Not among what skb_copy() copies; the link header is moved by it. */
	copy->mac_len = skb->mac_len;
	consume_skb(skb);
	return copy;
}

/**
 * cm_esp_open - take an ESP packet apart, ready for decryption
 * @req: request whose @seq is set; gets the packet
 * @skb: packet from its ESP header on
 * @len: bytes of ciphertext and ICV
 *
 * Context: bottom halves disabled.
 * Return: 0, then @skb belongs to @req; -EBADMSG for a length that no packet
 *	of this SA has; -ENOMEM.
 */
int cm_esp_open(struct cm_crypto_req *req, struct sk_buff *skb,
		unsigned int *len)
{
	const struct cm_sa *sa = req->sa;
	unsigned int header = esp_header_len(sa);
	unsigned int text;
	int n;

	if (skb->len < header + 2 + sa->icv_len || !pskb_may_pull(skb, header))
		return -EBADMSG;
	text = skb->len - header - sa->icv_len;
	if (text & (sa->align - 1))
		return -EBADMSG;
	skb = make_private(skb);
	if (!skb)
		return -ENOMEM;
	req->skb = skb;
	memcpy(req->iv, ip_esp_hdr(skb)->enc_data, sa->iv_len);
	cm_crypto_aad(req);

	sg_init_table(req->src, CM_CRYPTO_SG_MAX);
	sg_set_buf(&req->src[0], req->aad, req->aead.assoclen);
	n = skb_to_sgvec(skb, &req->src[1], header, skb->len - header);
	*len = text + sa->icv_len;
	return n < 0 ? -EBADMSG : 0;
}

/**
 * cm_esp_strip - remove ESP header, trailer and ICV of a decrypted packet
 * @req: its packet begins with the ESP header, and with its payload after this
 * @nexthdr: what the trailer says the payload is
 *
 * Return: false if the padding is longer than the packet.
 */
bool cm_esp_strip(struct cm_crypto_req *req, u8 *nexthdr)
{
	const struct cm_sa *sa = req->sa;
	struct sk_buff *skb = req->skb;
	unsigned int header = esp_header_len(sa);
	unsigned int text = skb->len - header - sa->icv_len;
	u8 end[2];

	if (skb_copy_bits(skb, header + text - 2, end, sizeof(end)))
		return false;
	if (end[0] + 2 > text)
		return false;
	*nexthdr = end[1];
	if (pskb_trim(skb, header + text - 2 - end[0]))
		return false;
	__skb_pull(skb, header);
	return true;
}
