/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_IN_H
#define SHIM_LINUX_IN_H

#include <netinet/in.h>

#ifndef IPPROTO_DCCP
#define IPPROTO_DCCP	33
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE	136
#endif

#endif
