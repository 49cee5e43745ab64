/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#define min(a, b) __extension__ ({			\
	__typeof__(a) _min_a = (a);			\
	__typeof__(b) _min_b = (b);			\
	_min_a < _min_b ? _min_a : _min_b; })
#define max(a, b) __extension__ ({			\
	__typeof__(a) _max_a = (a);			\
	__typeof__(b) _max_b = (b);			\
	_max_a > _max_b ? _max_a : _max_b; })
#define max3(a, b, c) max((__typeof__(a))max(a, b), c)

#endif
