/* SPDX-License-Identifier: GPL-2.0 */
/* The format of ESP packets (RFC 4303). */
#ifndef _CM_ESP_H
#define _CM_ESP_H

#include <linux/skbuff.h>
#include <net/esp.h>

struct cm_crypto_req;
struct cm_sa;

int cm_esp_build(struct cm_crypto_req *req, struct sk_buff *skb,
		 struct scatterlist **to, unsigned int *len);
int cm_esp_open(struct cm_crypto_req *req, struct sk_buff *skb,
		unsigned int *len);
bool cm_esp_strip(struct cm_crypto_req *req, u8 *nexthdr);

#endif /* _CM_ESP_H */
