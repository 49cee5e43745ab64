/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: of the programs, as --version prints it. */
#ifndef TOOLS_LIB_VERSION_H
#define TOOLS_LIB_VERSION_H

#define TOOLS_VERSION "0.1.0"

#endif
