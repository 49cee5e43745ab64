/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ace_args - the part of a grammar that is an access list entry. */
#ifndef _IPSECD_COMMANDS_ACE_ARGS_H
#define _IPSECD_COMMANDS_ACE_ARGS_H

#include "../cli/cli.h"
#include "../config/acl.h"

#define ACE_ACTION	"{permit|deny}$action"
#define ACE_ACTION_HELP						\
	"Specify packets to forward\n"				\
	"Specify packets to reject\n"

#define ACE_PROTO(any)						\
	"{" any "|ahp|eigrp|esp|gre|icmp|igmp|ipinip|nos|ospf|pcp|pim|" \
	"sctp|tcp|udp|(0-255)$protonumber}$proto"
#define ACE_PROTO_HELP						\
	"Any protocol\n"					\
	"Authentication Header Protocol\n"			\
	"Cisco's EIGRP routing protocol\n"			\
	"Encapsulation Security Payload\n"			\
	"Cisco's GRE tunneling\n"				\
	"Internet Control Message Protocol\n"			\
	"Internet Gateway Message Protocol\n"			\
	"IP in IP tunneling\n"					\
	"KA9Q NOS compatible IP over IP tunneling\n"		\
	"OSPF routing protocol\n"				\
	"Payload Compression Protocol\n"			\
	"Protocol Independent Multicast\n"			\
	"Stream Control Transmission Protocol\n"		\
	"Transmission Control Protocol\n"			\
	"User Datagram Protocol\n"				\
	"An IP protocol number\n"

#define ACE_ADDRESS4(end)					\
	" {any|host A.B.C.D$" end "host|A.B.C.D$" end " WILDCARD$" end "wild}"
#define ACE_ADDRESS4_HELP(what)					\
	"Any " what " host\n"					\
	"A single " what " host\n"				\
	"Address of the " what "\n"				\
	"Address of the " what "\n"				\
	"Wildcard bits of the " what "\n"

#define ACE_ADDRESS6(end)					\
	" {any|host X:X::X:X$" end "host|X:X::X:X/M$" end "prefix}"
#define ACE_ADDRESS6_HELP(what)					\
	"Any " what " host\n"					\
	"A single " what " host\n"				\
	"Address of the " what "\n"				\
	"Prefix of the " what "\n"

#define ACE_PORTS(end)						\
	" [{eq|neq|lt|gt}$" end "op WORD$" end "port|"		\
	"range WORD$" end "first WORD$" end "last]"
#define ACE_PORTS_HELP						\
	"Match only packets on a given port number\n"		\
	"Match only packets not on a given port number\n"	\
	"Match only packets with a lower port number\n"		\
	"Match only packets with a greater port number\n"	\
	"Port number or name\n"					\
	"Match only packets in the range of port numbers\n"	\
	"Lowest port number or name\n"				\
	"Highest port number or name\n"

#define ACE_OPTIONS	" [LINE$options]"
#define ACE_OPTIONS_HELP					\
	"log, or conditions that a crypto map cannot check\n"

/* ACE without action, with help, for both families. */
#define ACE4	ACE_PROTO("ip") ACE_ADDRESS4("src") ACE_PORTS("s")	\
		ACE_ADDRESS4("dst") ACE_PORTS("d") ACE_OPTIONS
#define ACE4_HELP							\
	ACE_PROTO_HELP ACE_ADDRESS4_HELP("source") ACE_PORTS_HELP	\
	ACE_ADDRESS4_HELP("destination") ACE_PORTS_HELP ACE_OPTIONS_HELP

#define ACE6	ACE_PROTO("ipv6") ACE_ADDRESS6("src") ACE_PORTS("s")	\
		ACE_ADDRESS6("dst") ACE_PORTS("d") ACE_OPTIONS
#define ACE6_HELP							\
	ACE_PROTO_HELP ACE_ADDRESS6_HELP("source") ACE_PORTS_HELP	\
	ACE_ADDRESS6_HELP("destination") ACE_PORTS_HELP ACE_OPTIONS_HELP

/*
 * Fills @ace from the arguments; ace_clear() it in any case.  *@seq is what
 * "sequence N" at the end of an IPv6 entry says, else left alone.  Returns 0
 * or a refusal.
 */
int ace_args_read(struct cli_ctx *c, uint16_t family, struct ace *ace, uint32_t *seq);

#endif /* _IPSECD_COMMANDS_ACE_ARGS_H */
