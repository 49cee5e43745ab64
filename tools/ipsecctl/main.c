// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipsecctl.h"

#include "../lib/privs.h"

int main(int argc, char **argv)
{
	privs_no_core();
	return ipsecctl_main(argc, argv);
}
