// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Surroundings of IPsec in a router's configuration (requirements 2.6):
 * accepted, so that a whole "show running-config" can be pasted, and listed
 * as ignored.  Nothing here decides what is protected or let through; what
 * does is refused in cmd_refused.c.
 */
#include "commands.h"

/* One line of global configuration; the last word takes the rest. */
#define GLOBAL(words, text)						\
	{								\
		.grammar = words " [LINE$rest]",			\
		.help = text "Ignored\n",				\
		.modes = CLI_IN(CLI_MODE_CONFIG),			\
		.flags = CLI_F_IGNORED,					\
	}

/* A line that begins a section; what is indented below it is ignored too. */
#define SECTION(words, text)						\
	{								\
		.grammar = words " [LINE$rest]",			\
		.help = text "Ignored\n",				\
		.modes = CLI_IN(CLI_MODE_CONFIG),			\
		.flags = CLI_F_IGNORED,					\
		.enters = CLI_MODE_IGNORED,				\
	}

#define INTERFACE(words, text)						\
	{								\
		.grammar = words " [LINE$rest]",			\
		.help = text "Ignored\n",				\
		.modes = CLI_IN(MODE_INTERFACE),			\
		.flags = CLI_F_IGNORED,					\
	}

#define IP	"Global IP configuration subcommands\n"
#define IPV6	"Global IPv6 configuration commands\n"
#define IF_IP	"Interface Internet Protocol config commands\n"
#define IF_IPV6	"IPv6 interface subcommands\n"

static const struct cli_command commands[] = {
	/* Heads of a pasted configuration, A1. */
	GLOBAL("building", "Banner of a pasted configuration\n"),
	GLOBAL("current", "Banner of a pasted configuration\n"),
	GLOBAL("using", "Banner of a pasted configuration\n"),
	GLOBAL("version", "Version that wrote the configuration\n"),
	GLOBAL("boot-start-marker", "Begin of boot commands\n"),
	GLOBAL("boot-end-marker", "End of boot commands\n"),
	GLOBAL("boot", "Modify system boot parameters\n"),
	/* A2 to A4 */
	GLOBAL("service", "Modify use of network based services\n"),
	GLOBAL("enable {secret|password}", "Passwords of privileged exec\n"
	       "Assign the privileged level secret\n"
	       "Assign the privileged level password\n"),
	GLOBAL("username", "Establish user name authentication\n"),
	SECTION("aaa", "Authentication, authorization and accounting\n"),
	GLOBAL("logging", "Modify message logging facilities\n"),
	GLOBAL("cts", "Cisco Trusted Security commands\n"),
	GLOBAL("mpls", "Configure MPLS parameters\n"),
	/* A5 */
	GLOBAL("ip domain", IP "IP DNS resolver\n"),
	GLOBAL("ip domain-lookup", IP "IP DNS resolver\n"),
	GLOBAL("ip name-server", IP "Address of name server to use\n"),
	GLOBAL("ip host", IP "Add an entry to the host name table\n"),
	GLOBAL("ip ssh", IP "Configure SSH options\n"),
	GLOBAL("ip scp", IP "Secure copy commands\n"),
	GLOBAL("ip source-route", IP "Process packets with source routing\n"),
	GLOBAL("ip gratuitous-arps", IP "Gratuitous ARP of PPP peers\n"),
	GLOBAL("ip icmp", IP "ICMP options\n"),
	GLOBAL("ip nbar", IP "Application recognition\n"),
	GLOBAL("ip bgp-community", IP "Format of BGP communities\n"),
	GLOBAL("ip forward-protocol", IP "Forwarding of broadcasts\n"),
	GLOBAL("ip http", IP "HTTP server\n"),
	GLOBAL("ip finger", IP "Finger server\n"),
	GLOBAL("ip bootp", IP "BOOTP server\n"),
	GLOBAL("ip ftp", IP "FTP configuration commands\n"),
	GLOBAL("ip tftp", IP "TFTP configuration commands\n"),
	GLOBAL("ip rcmd", IP "Rcmd commands\n"),
	GLOBAL("ip audit", IP "Intrusion detection\n"),
	GLOBAL("ip cef", IP "Cisco Express Forwarding\n"),
	GLOBAL("ip classless", IP "Follow classless routing rules\n"),
	GLOBAL("ip subnet-zero", IP "Allow subnet zero\n"),
	GLOBAL("ip routing", IP "Enable IP routing\n"),
	GLOBAL("ip multicast-routing", IP "Enable IP multicast forwarding\n"),
	GLOBAL("ip flow-export", IP "Flow export\n"),
	GLOBAL("ip flow-cache", IP "Flow cache\n"),
	GLOBAL("ip flow-top-talkers", IP "Flow statistics\n"),
	GLOBAL("ip tcp", IP "Global TCP parameters\n"),
	GLOBAL("ip radius", IP "RADIUS commands\n"),
	GLOBAL("ip tacacs", IP "TACACS commands\n"),
	GLOBAL("ip prefix-list", IP "Build a prefix list\n"),
	GLOBAL("ip as-path", IP "BGP autonomous system path filter\n"),
	GLOBAL("ip community-list", IP "Community list\n"),
	GLOBAL("ip default-gateway", IP "Gateway when not routing\n"),
	GLOBAL("ip dhcp {excluded-address|relay|snooping|bootp|conflict|smart-relay}",
	       IP "DHCP server and relay\n" "Addresses not to assign\n" "Relay agent\n"
	       "Snooping\n" "BOOTP\n" "Conflicts\n" "Smart relay\n"),
	SECTION("ip dhcp pool", IP "DHCP server and relay\n" "Address pool\n"),
	SECTION("ip access-list standard", IP "Named access list\n"
		"Standard access list\n"),
	SECTION("ip sla", IP "Service level agreement probes\n"),
	SECTION("ip vrf", IP "VPN routing and forwarding instance\n"),
	SECTION("vrf", "VPN routing and forwarding instance\n"),
	{
		.grammar = "access-list {(1-99)$standard|(1300-1999)$standard} [LINE$rest]",
		.help = "Add an access list entry\n"
			"IP standard access list\n"
			"IP standard access list (expanded range)\n"
			"Ignored\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.flags = CLI_F_IGNORED,
	},
	GLOBAL("ipv6 unicast-routing", IPV6 "Enable unicast routing\n"),
	GLOBAL("ipv6 cef", IPV6 "Cisco Express Forwarding\n"),
	GLOBAL("ipv6 multicast-routing", IPV6 "Enable multicast routing\n"),
	GLOBAL("ipv6 ioam", IPV6 "In-band operations and maintenance\n"),
	GLOBAL("ipv6 prefix-list", IPV6 "Build a prefix list\n"),
	SECTION("ipv6 router", IPV6 "Enable an IPv6 routing process\n"),
	SECTION("ipv6 dhcp", IPV6 "DHCP for IPv6\n"),
	/* A6 */
	GLOBAL("memory-size", "Adjust memory size by percentage\n"),
	GLOBAL("memory", "Configure memory management\n"),
	GLOBAL("license", "License commands\n"),
	GLOBAL("vtp", "VLAN trunking protocol\n"),
	SECTION("vlan", "VLAN commands\n"),
	GLOBAL("multilink", "PPP multilink global configuration\n"),
	GLOBAL("scheduler", "Scheduler parameters\n"),
	GLOBAL("spanning-tree", "Spanning tree subsystem\n"),
	GLOBAL("aqm-register-fnf", "Flow records of queues\n"),
	GLOBAL("hw-module", "Control of modules\n"),
	GLOBAL("card", "Card type\n"),
	GLOBAL("diagnostic", "Diagnostics\n"),
	GLOBAL("process", "Process thresholds\n"),
	GLOBAL("platform", "Platform specific commands\n"),
	GLOBAL("subscriber", "Subscriber parameters\n"),
	GLOBAL("network-clock-participate", "Network clock\n"),
	GLOBAL("network-clock-select", "Network clock\n"),
	GLOBAL("dot11", "Wireless\n"),
	GLOBAL("cwmp", "CPE WAN management\n"),
	/* A8 */
	SECTION("line", "Configure a terminal line\n"),
	/* A9 and others that stand in every router */
	SECTION("control-plane", "Control plane services\n"),
	GLOBAL("mgcp", "MGCP commands\n"),
	GLOBAL("call", "Call parameters\n"),
	SECTION("gatekeeper", "H.323 gatekeeper\n"),
	SECTION("dial-peer", "Dial peers\n"),
	GLOBAL("dialer-list", "Interesting traffic of dialers\n"),
	GLOBAL("mta", "Mail transfer agent\n"),
	SECTION("controller", "Controllers\n"),
	SECTION("voice", "Voice\n"),
	SECTION("voice-port", "Voice port\n"),
	GLOBAL("isdn", "ISDN\n"),
	GLOBAL("ftp-server", "FTP server\n"),
	GLOBAL("tftp-server", "TFTP server\n"),
	GLOBAL("cns", "CNS subsystem\n"),
	GLOBAL("clock", "Time of day clock\n"),
	GLOBAL("ntp", "Network time protocol\n"),
	GLOBAL("snmp-server", "SNMP\n"),
	GLOBAL("snmp", "SNMP\n"),
	GLOBAL("radius-server", "RADIUS server\n"),
	GLOBAL("tacacs-server", "TACACS server\n"),
	SECTION("radius", "RADIUS server definition\n"),
	SECTION("tacacs", "TACACS server definition\n"),
	GLOBAL("alias", "Create command alias\n"),
	GLOBAL("privilege", "Command privilege parameters\n"),
	GLOBAL("parser", "Configure parser\n"),
	GLOBAL("file", "Adjust file system parameters\n"),
	GLOBAL("exception", "Exception handling\n"),
	GLOBAL("default-value", "Default character-bits values\n"),
	GLOBAL("prompt", "Set system's prompt\n"),
	GLOBAL("login", "Login parameters\n"),
	GLOBAL("security", "Infra security configuration\n"),
	GLOBAL("cdp", "Cisco discovery protocol\n"),
	GLOBAL("lldp", "Link layer discovery protocol\n"),
	GLOBAL("bridge", "Bridge group\n"),
	GLOBAL("arp", "Static ARP entries\n"),
	GLOBAL("errdisable", "Error disable\n"),
	GLOBAL("power", "Power configuration\n"),
	GLOBAL("nls", "National language support\n"),
	GLOBAL("netconf", "NETCONF\n"),
	GLOBAL("netconf-yang", "NETCONF-YANG\n"),
	GLOBAL("restconf", "RESTCONF\n"),
	SECTION("telemetry", "Model driven telemetry\n"),
	SECTION("call-home", "Smart call home\n"),
	SECTION("virtual-service", "Virtual services\n"),
	SECTION("object-group", "Groups of addresses and services\n"),
	GLOBAL("transceiver", "Transceivers\n"),
	SECTION("archive", "Archive of configurations\n"),
	SECTION("event", "Event manager\n"),
	SECTION("flow", "Flow monitors\n"),
	SECTION("key chain", "Key management\n" "Key chain of routing protocols\n"),
	SECTION("redundancy", "Redundancy\n"),
	SECTION("router", "Enable a routing process\n"),
	SECTION("route-map", "Route map\n"),
	SECTION("track", "Object tracking\n"),
	SECTION("class-map", "Traffic classes\n"),
	SECTION("policy-map", "Traffic policies\n"),
	SECTION("crypto pki {trustpool|server|profile}",
		"Encryption module\n" "Public key components\n"
		"Define a trust pool\n" "Define a server\n" "Define a profile\n"),
	SECTION("crypto pki certificate chain", "Encryption module\n"
		"Public key components\n" "Certificates\n" "Chain of certificates\n"),
	SECTION("crypto ca", "Encryption module\n" "Certification authority\n"),
	GLOBAL("crypto key", "Encryption module\n" "Long term keys\n"),
	{
		.grammar = "banner {motd|login|exec|incoming|prompt-timeout|slip-ppp} LINE$text",
		.no_grammar = "banner {motd|login|exec|incoming|prompt-timeout|slip-ppp}",
		.help = "Define a banner\n" "Message of the day\n" "Login\n" "Exec\n"
			"Incoming lines\n" "Timeout of a login\n" "SLIP and PPP\n"
			"A delimiting character, then the text\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.flags = CLI_F_IGNORED | CLI_F_BLOCK_DELIM,
	}, {
		.grammar = "certificate LINE$rest",
		.help = "Certificate in hexadecimal, up to \"quit\"\n" "Serial number\n",
		.modes = CLI_IN(CLI_MODE_IGNORED),
		.flags = CLI_F_IGNORED | CLI_F_BLOCK_QUIT,
	},
	/* A7 */
	INTERFACE("mtu", "Size of the link, which this machine's own configuration sets\n"),
	INTERFACE("mpls", "MPLS of the interface\n"),
	INTERFACE("duplex", "Configure duplex operation\n"),
	INTERFACE("speed", "Configure speed operation\n"),
	INTERFACE("half-duplex", "Half duplex operation\n"),
	INTERFACE("full-duplex", "Full duplex operation\n"),
	INTERFACE("media-type", "Interface media type\n"),
	INTERFACE("negotiation", "Autonegotiation mode\n"),
	INTERFACE("cdp", "CDP interface subcommands\n"),
	INTERFACE("lldp", "LLDP interface subcommands\n"),
	INTERFACE("keepalive", "Enable keepalive\n"),
	INTERFACE("clock", "Configure serial interface clock\n"),
	INTERFACE("clockrate", "Configure serial interface clock\n"),
	INTERFACE("serial", "Serial interface commands\n"),
	INTERFACE("mop", "DEC MOP server commands\n"),
	INTERFACE("fair-queue", "Fair queueing\n"),
	INTERFACE("switchport", "Switching characteristics\n"),
	INTERFACE("spanning-tree", "Spanning tree subsystem\n"),
	INTERFACE("encapsulation", "Encapsulation type of the interface\n"),
	INTERFACE("isdn", "ISDN interface configuration commands\n"),
	INTERFACE("atm", "ATM interface commands\n"),
	INTERFACE("bandwidth", "Informational bandwidth\n"),
	INTERFACE("delay", "Informational delay\n"),
	INTERFACE("carrier-delay", "Delay for interface transitions\n"),
	INTERFACE("load-interval", "Interval of the load calculation\n"),
	INTERFACE("hold-queue", "Hold queue depth\n"),
	INTERFACE("logging", "Logging of interface events\n"),
	INTERFACE("snmp", "SNMP interface parameters\n"),
	INTERFACE("arp", "ARP of the interface\n"),
	INTERFACE("channel-group", "Etherchannel\n"),
	INTERFACE("service-policy", "QoS policy of the interface\n"),
	INTERFACE("ip broadcast-address", IF_IP "Broadcast address\n"),
	INTERFACE("ip directed-broadcast", IF_IP "Directed broadcasts\n"),
	INTERFACE("ip route-cache", IF_IP "Fast switching\n"),
	INTERFACE("ip mroute-cache", IF_IP "Fast switching of multicast\n"),
	INTERFACE("ip cef", IF_IP "Cisco Express Forwarding\n"),
	INTERFACE("ip redirects", IF_IP "ICMP redirects\n"),
	INTERFACE("ip unreachables", IF_IP "ICMP unreachables\n"),
	INTERFACE("ip mask-reply", IF_IP "ICMP mask replies\n"),
	INTERFACE("ip proxy-arp", IF_IP "Proxy ARP\n"),
	INTERFACE("ip local-proxy-arp", IF_IP "Local proxy ARP\n"),
	INTERFACE("ip flow", IF_IP "Flow statistics\n"),
	INTERFACE("ip nbar", IF_IP "Application recognition\n"),
	INTERFACE("ip ospf", IF_IP "OSPF of the interface\n"),
	INTERFACE("ip rip", IF_IP "RIP of the interface\n"),
	INTERFACE("ip pim", IF_IP "PIM of the interface\n"),
	INTERFACE("ip igmp", IF_IP "IGMP of the interface\n"),
	INTERFACE("ip helper-address", IF_IP "Relay of broadcasts\n"),
	INTERFACE("ip virtual-reassembly", IF_IP "Virtual reassembly\n"),
	INTERFACE("ip dhcp", IF_IP "DHCP of the interface\n"),
	INTERFACE("ipv6 enable", IF_IPV6 "Enable IPv6 on the interface\n"),
	INTERFACE("ipv6 nd", IF_IPV6 "Neighbor discovery\n"),
	INTERFACE("ipv6 ospf", IF_IPV6 "OSPF of the interface\n"),
	INTERFACE("ipv6 cef", IF_IPV6 "Cisco Express Forwarding\n"),
	INTERFACE("ipv6 redirects", IF_IPV6 "ICMP redirects\n"),
	INTERFACE("ipv6 unreachables", IF_IPV6 "ICMP unreachables\n"),
};

const struct command_table commands_ignored = COMMAND_TABLE(commands);
