// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipsecctl.h"

int main(int argc, char **argv)
{
	return ipsecctl_main(argc, argv);
}
