/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for, 6.1 to 6.12.
 * Nothing else in kmod/ asks for a version.
 */
#ifndef _CM_COMPAT_H
#define _CM_COMPAT_H

#include <linux/crypto.h>
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <linux/version.h>

/* 6.3: the data pointer comes itself, not inside of the request. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
typedef struct crypto_async_request *cm_crypto_data_t;

static inline void *cm_compat_crypto_data(cm_crypto_data_t data)
{
	return data->data;
}
#else
typedef void *cm_crypto_data_t;

static inline void *cm_compat_crypto_data(cm_crypto_data_t data)
{
	return data;
}
#endif

/* 6.5: segmentation has a header of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

/* 6.11: a netdevice that only carries NAPI is allocated. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static inline struct net_device *cm_compat_alloc_dummy(void)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

static inline void cm_compat_free_dummy(struct net_device *dev)
{
	kfree(dev);
}
#else
static inline struct net_device *cm_compat_alloc_dummy(void)
{
	return alloc_netdev_dummy(0);
}

static inline void cm_compat_free_dummy(struct net_device *dev)
{
	free_netdev(dev);
}
#endif

#endif /* _CM_COMPAT_H */
