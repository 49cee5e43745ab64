// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands that are known and refused: they decide what is protected, let
 * through or reachable, and doing as if they were in force would be worse
 * than saying no.  Their "no" form asks for what is the case and is ignored.
 */
#include "commands.h"

static int ignore(struct cli_ctx *c)
{
	return cli_ignore(c);
}

#define REFUSAL(name, text)						\
static int refuse_##name(struct cli_ctx *c)				\
{									\
	return cli_refuse(c, "%s", text);				\
}

REFUSAL(isakmp, "This setting of ISAKMP is not supported")
REFUSAL(nat_keepalive, "NAT keepalives are not supported yet")
REFUSAL(invalid_spi, "Invalid SPI recovery is not supported yet")
REFUSAL(identity, "Certificate and other identities of IKE are not supported")
REFUSAL(profile, "IPsec profiles and tunnel protection are not supported yet")
REFUSAL(ezvpn, "Easy VPN is not supported yet")
REFUSAL(gdoi, "GET VPN is not supported")
REFUSAL(ikev2, "IKEv2 is not supported")
REFUSAL(level, "This setting of SAs is not supported")
REFUSAL(df, "The DF bit is always copied; other settings are not supported yet")
REFUSAL(fragmentation, "Packets are always fragmented before encryption; other settings are not supported yet")
REFUSAL(nat_transparency, "NAT transparency is not supported yet")
REFUSAL(ipsec, "This setting of IPsec is not supported")
REFUSAL(local_address, "local-address of a crypto map is not supported; the address of the interface is used")
REFUSAL(redundancy, "redundancy of a crypto map is not supported yet")
REFUSAL(rri, "Reverse route injection is not supported yet")
REFUSAL(qos, "QoS of IPsec is not supported yet")
REFUSAL(standby, "HSRP is not supported yet")
REFUSAL(filter, "Packet filters are not supported here; use nftables on this machine")
REFUSAL(nat, "NAT is not supported here; use nftables on this machine")
REFUSAL(firewall, "Firewall features are not supported here; use nftables on this machine")
REFUSAL(mss, "ip tcp adjust-mss is not supported yet")
REFUSAL(dhcp, "Addresses from DHCP or PPP are not configured here; they are used if the interface has one")
REFUSAL(unnumbered, "Unnumbered interfaces are not supported")
REFUSAL(verify, "ip verify is not supported here; use the rp_filter sysctl of this machine")
REFUSAL(tunnel, "Tunnel interfaces are not supported yet")
REFUSAL(pbr, "Policy routing is not supported here; use ip rule on this machine")
REFUSAL(vrf, "VRFs are not supported")

#define CRYPTO	"Encryption module\n"
#define ISAKMP	CRYPTO "Configure ISAKMP policy\n"
#define IPSEC	CRYPTO "Configure IPSEC policy\n"
#define SA	"Security association parameters\n"
#define MAP_SET	"Set values for encryption/decryption\n"
#define IF_IP	"Interface Internet Protocol config commands\n"
#define IP	"Global IP configuration subcommands\n"

#define COMMAND(mode, section, words, text, handler)			\
	{								\
		.grammar = words " [LINE$rest]",			\
		.help = text "Not supported\n",				\
		.modes = mode,						\
		.flags = CLI_F_HIDDEN,					\
		.enters = section,					\
		.set = refuse_##handler, .unset = ignore,		\
	}

/* Many of them begin a section, whose lines must then not go elsewhere. */
#define GLOBAL(words, text, handler)					\
	COMMAND(CLI_IN(CLI_MODE_CONFIG), CLI_MODE_IGNORED, words, text, handler)
#define ENTRY(words, text, handler)					\
	COMMAND(CLI_IN(MODE_MAP) | CLI_IN(MODE_DYNAMIC), 0, words, text, handler)
#define INTERFACE(words, text, handler)					\
	COMMAND(CLI_IN(MODE_INTERFACE), 0, words, text, handler)

static const struct cli_command commands[] = {
	GLOBAL("crypto isakmp nat keepalive", ISAKMP "NAT\n" "Set a nat keepalive interval\n",
	       nat_keepalive),
	GLOBAL("crypto isakmp invalid-spi-recovery", ISAKMP "Initiate IKE for an unknown SPI\n",
	       invalid_spi),
	/* A key behind a mistyped word is not to be repeated. */
	{
		.grammar = "crypto isakmp WORD$what [LINE$!rest]",
		.help = ISAKMP "Any other setting\n" "Not supported\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.flags = CLI_F_HIDDEN,
		.enters = CLI_MODE_IGNORED,
		.set = refuse_isakmp, .unset = ignore,
	},
	GLOBAL("crypto identity", CRYPTO "Identities\n", identity),
	GLOBAL("crypto ikev2", CRYPTO "IKEv2\n", ikev2),
	GLOBAL("crypto gdoi", CRYPTO "GET VPN\n", gdoi),
	GLOBAL("crypto map [ipv6] WORD$tag (1-65535)$seq ipsec-isakmp {profile|gdoi}",
	       CRYPTO "Enter a crypto map\n" "Crypto map for IPv6\n" "Crypto map tag\n"
	       "Sequence to insert into crypto map list\n" "IPSEC w/ISAKMP\n"
	       "Profile\n" "GET VPN\n", isakmp),
	GLOBAL("crypto map [ipv6] WORD$tag local-address", CRYPTO "Enter a crypto map\n"
	       "Crypto map for IPv6\n" "Crypto map tag\n" "Interface of the local end\n",
	       local_address),
	GLOBAL("crypto map WORD$tag {client|isakmp|isakmp-profile|gdoi|redundancy}", CRYPTO
	       "Enter a crypto map\n" "Crypto map tag\n" "Client settings\n" "ISAKMP\n"
	       "ISAKMP profile\n" "GET VPN\n" "Redundancy\n", isakmp),
	GLOBAL("crypto ipsec profile", IPSEC "Configure an ipsec policy profile\n", profile),
	GLOBAL("crypto ipsec client", IPSEC "Easy VPN client\n", ezvpn),
	GLOBAL("crypto ipsec df-bit", IPSEC "Handling of encapsulated DF bit\n", df),
	GLOBAL("crypto ipsec fragmentation", IPSEC "Handling of fragmentation\n", fragmentation),
	GLOBAL("crypto ipsec nat-transparency", IPSEC "NAT transparency\n", nat_transparency),
	GLOBAL("crypto ipsec {optional|fragmentation-buffer|server|ipv4-deny}", IPSEC
	       "Optional encryption\n" "Buffers\n" "Server\n" "Deny policy\n", ipsec),
	GLOBAL("crypto engine", CRYPTO "Engine settings\n", ipsec),
	GLOBAL("platform ipsec", "Platform specific commands\n" "IPsec\n", qos),
	GLOBAL("ip route vrf", IP "Establish static routes\n" "In a VRF\n", vrf),
	GLOBAL("ipv6 route vrf", "Global IPv6 configuration commands\n"
	       "Configure static routes\n" "In a VRF\n", vrf),
	GLOBAL("ip nat", IP "NAT configuration commands\n", nat),
	GLOBAL("ip inspect", IP "Context based access control\n", firewall),
	GLOBAL("ip local policy", IP "Local options\n" "Policy routing of local packets\n", pbr),
	GLOBAL("zone", "Security zones\n", firewall),
	GLOBAL("zone-pair", "Security zone pairs\n", firewall),
	GLOBAL("class-map type inspect", "Traffic classes\n" "Type\n" "Firewall\n", firewall),
	GLOBAL("policy-map type inspect", "Traffic policies\n" "Type\n" "Firewall\n", firewall),
	GLOBAL("parameter-map", "Parameter map\n", firewall),
	ENTRY("set security-association {level|dummy}", MAP_SET SA
	      "Granularity of SAs\n" "Dummy packets\n", level),
	ENTRY("set {ikev2-profile|identity}", MAP_SET "IKEv2 profile\n" "Identity\n", isakmp),
	ENTRY("set nat", MAP_SET "NAT\n", nat),
	ENTRY("set ip access-group", MAP_SET "IP\n" "Access list\n", filter),
	ENTRY("reverse-route", "Reverse route injection\n", rri),
	ENTRY("set reverse-route", MAP_SET "Reverse route injection\n", rri),
	ENTRY("qos", "Quality of service\n", qos),
	INTERFACE("crypto map WORD$tag redundancy", "Encryption/Decryption commands\n"
		  "Assign a crypto map\n" "Crypto map tag\n" "Redundancy\n", redundancy),
	INTERFACE("crypto ipsec df-bit", "Encryption/Decryption commands\n"
		  "Set IPSec parameters\n" "Handling of encapsulated DF bit\n", df),
	INTERFACE("crypto ipsec fragmentation", "Encryption/Decryption commands\n"
		  "Set IPSec parameters\n" "Handling of fragmentation\n", fragmentation),
	INTERFACE("crypto ipsec client", "Encryption/Decryption commands\n"
		  "Set IPSec parameters\n" "Easy VPN client\n", ezvpn),
	INTERFACE("standby", "HSRP interface configuration commands\n", standby),
	INTERFACE("vrrp", "VRRP interface configuration commands\n", standby),
	INTERFACE("ip access-group", IF_IP "Specify access control for packets\n", filter),
	INTERFACE("ipv6 traffic-filter", "IPv6 interface subcommands\n"
		  "Access control list for packets\n", filter),
	INTERFACE("ip nat", IF_IP "NAT interface commands\n", nat),
	INTERFACE("ip inspect", IF_IP "Context based access control\n", firewall),
	INTERFACE("zone-member", "Security zone of the interface\n", firewall),
	INTERFACE("ip verify", IF_IP "Checks of source addresses\n", verify),
	INTERFACE("ip policy", IF_IP "Policy routing\n", pbr),
	INTERFACE("ip tcp", IF_IP "TCP interface commands\n", mss),
	INTERFACE("ip address {dhcp|negotiated}", IF_IP "Set the IP address of an interface\n"
		  "Address by DHCP\n" "Address by PPP\n", dhcp),
	INTERFACE("ipv6 address {dhcp|autoconfig}", "IPv6 interface subcommands\n"
		  "Configure IPv6 address on interface\n" "Address by DHCP\n"
		  "Address by autoconfiguration\n", dhcp),
	INTERFACE("ip unnumbered", IF_IP "Address of another interface\n", unnumbered),
	INTERFACE("ip vrf", IF_IP "VPN routing and forwarding\n", vrf),
	INTERFACE("vrf", "VPN routing and forwarding\n", vrf),
	INTERFACE("tunnel", "Protocol-over-protocol tunneling\n", tunnel),
	INTERFACE("qos", "Quality of service\n", qos),
};

const struct command_table commands_refused = COMMAND_TABLE(commands);
