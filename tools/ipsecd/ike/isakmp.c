// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "isakmp.h"

struct number_name {
	unsigned int number;
	const char *name;
};

#define NAME_OF(table, number) name_of(table, sizeof(table) / sizeof((table)[0]), number)

static const char *name_of(const struct number_name *table, size_t n, unsigned int number)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].number == number)
			return table[i].name;
	return "unknown";
}

const char *isakmp_exchange_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ ISAKMP_EXCHANGE_MAIN, "Main Mode" },
		{ ISAKMP_EXCHANGE_AGGRESSIVE, "Aggressive Mode" },
		{ ISAKMP_EXCHANGE_INFORMATIONAL, "Informational" },
		{ ISAKMP_EXCHANGE_QUICK, "Quick Mode" },
	};

	return NAME_OF(names, number);
}

const char *isakmp_payload_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ ISAKMP_PAYLOAD_NONE, "NONE" },
		{ ISAKMP_PAYLOAD_SA, "SA" },
		{ ISAKMP_PAYLOAD_PROPOSAL, "PROPOSAL" },
		{ ISAKMP_PAYLOAD_TRANSFORM, "TRANSFORM" },
		{ ISAKMP_PAYLOAD_KE, "KE" },
		{ ISAKMP_PAYLOAD_ID, "ID" },
		{ ISAKMP_PAYLOAD_CERT, "CERT" },
		{ ISAKMP_PAYLOAD_CERTREQ, "CERT_REQ" },
		{ ISAKMP_PAYLOAD_HASH, "HASH" },
		{ ISAKMP_PAYLOAD_SIG, "SIG" },
		{ ISAKMP_PAYLOAD_NONCE, "NONCE" },
		{ ISAKMP_PAYLOAD_NOTIFY, "NOTIFY" },
		{ ISAKMP_PAYLOAD_DELETE, "DELETE" },
		{ ISAKMP_PAYLOAD_VENDOR, "VENDOR" },
		{ ISAKMP_PAYLOAD_NAT_D, "NAT-D" },
		{ ISAKMP_PAYLOAD_NAT_OA, "NAT-OA" },
	};

	return NAME_OF(names, number);
}

const char *isakmp_notify_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE, "INVALID_PAYLOAD_TYPE" },
		{ ISAKMP_NOTIFY_DOI_NOT_SUPPORTED, "DOI_NOT_SUPPORTED" },
		{ ISAKMP_NOTIFY_SITUATION_NOT_SUPPORTED, "SITUATION_NOT_SUPPORTED" },
		{ ISAKMP_NOTIFY_INVALID_COOKIE, "INVALID_COOKIE" },
		{ ISAKMP_NOTIFY_INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION" },
		{ ISAKMP_NOTIFY_INVALID_MINOR_VERSION, "INVALID_MINOR_VERSION" },
		{ ISAKMP_NOTIFY_INVALID_EXCHANGE_TYPE, "INVALID_EXCHANGE_TYPE" },
		{ ISAKMP_NOTIFY_INVALID_FLAGS, "INVALID_FLAGS" },
		{ ISAKMP_NOTIFY_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
		{ ISAKMP_NOTIFY_INVALID_PROTOCOL_ID, "INVALID_PROTOCOL_ID" },
		{ ISAKMP_NOTIFY_INVALID_SPI, "INVALID_SPI" },
		{ ISAKMP_NOTIFY_INVALID_TRANSFORM_ID, "INVALID_TRANSFORM_ID" },
		{ ISAKMP_NOTIFY_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBUTES_NOT_SUPPORTED" },
		{ ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "PROPOSAL_NOT_CHOSEN" },
		{ ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX, "BAD_PROPOSAL_SYNTAX" },
		{ ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "PAYLOAD_MALFORMED" },
		{ ISAKMP_NOTIFY_INVALID_KEY_INFORMATION, "INVALID_KEY_INFO" },
		{ ISAKMP_NOTIFY_INVALID_ID_INFORMATION, "INVALID_ID_INFO" },
		{ ISAKMP_NOTIFY_INVALID_CERT_ENCODING, "INVALID_CERT_ENCODING" },
		{ ISAKMP_NOTIFY_INVALID_CERTIFICATE, "INVALID_CERTIFICATE" },
		{ ISAKMP_NOTIFY_CERT_TYPE_UNSUPPORTED, "CERT_TYPE_UNSUPPORTED" },
		{ ISAKMP_NOTIFY_INVALID_CERT_AUTHORITY, "INVALID_CERT_AUTHORITY" },
		{ ISAKMP_NOTIFY_INVALID_HASH_INFORMATION, "INVALID_HASH_INFO" },
		{ ISAKMP_NOTIFY_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
		{ ISAKMP_NOTIFY_INVALID_SIGNATURE, "INVALID_SIGNATURE" },
		{ ISAKMP_NOTIFY_ADDRESS_NOTIFICATION, "ADDRESS_NOTIFICATION" },
		{ ISAKMP_NOTIFY_NOTIFY_SA_LIFETIME, "NOTIFY_SA_LIFETIME" },
		{ ISAKMP_NOTIFY_CERTIFICATE_UNAVAILABLE, "CERTIFICATE_UNAVAILABLE" },
		{ ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS, "UNEQUAL_PAYLOAD_LENGTHS" },
		{ ISAKMP_NOTIFY_CONNECTED, "CONNECTED" },
		{ ISAKMP_NOTIFY_RESPONDER_LIFETIME, "RESPONDER_LIFETIME" },
		{ ISAKMP_NOTIFY_REPLAY_STATUS, "REPLAY_STATUS" },
		{ ISAKMP_NOTIFY_INITIAL_CONTACT, "INITIAL_CONTACT" },
		{ ISAKMP_NOTIFY_R_U_THERE, "DPD/R_U_THERE" },
		{ ISAKMP_NOTIFY_GENERATION, "GENERATION" },
		{ ISAKMP_NOTIFY_R_U_THERE_ACK, "DPD/R_U_THERE_ACK" },
	};

	return NAME_OF(names, number);
}

const char *isakmp_id_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ ISAKMP_ID_IPV4_ADDR, "ID_IPV4_ADDR" },
		{ ISAKMP_ID_FQDN, "ID_FQDN" },
		{ ISAKMP_ID_USER_FQDN, "ID_USER_FQDN" },
		{ ISAKMP_ID_IPV4_SUBNET, "ID_IPV4_ADDR_SUBNET" },
		{ ISAKMP_ID_IPV6_ADDR, "ID_IPV6_ADDR" },
		{ ISAKMP_ID_IPV6_SUBNET, "ID_IPV6_ADDR_SUBNET" },
		{ ISAKMP_ID_IPV4_RANGE, "ID_IPV4_ADDR_RANGE" },
		{ ISAKMP_ID_IPV6_RANGE, "ID_IPV6_ADDR_RANGE" },
		{ ISAKMP_ID_DER_ASN1_DN, "ID_DER_ASN1_DN" },
		{ ISAKMP_ID_DER_ASN1_GN, "ID_DER_ASN1_GN" },
		{ ISAKMP_ID_KEY_ID, "ID_KEY_ID" },
	};

	return NAME_OF(names, number);
}

const char *ike_encryption_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ IKE_ENCRYPTION_DES, "DES-CBC" },
		{ IKE_ENCRYPTION_3DES, "3DES-CBC" },
		{ IKE_ENCRYPTION_AES, "AES-CBC" },
	};

	return NAME_OF(names, number);
}

const char *ike_hash_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ IKE_HASH_MD5, "MD5" },
		{ IKE_HASH_SHA, "SHA" },
		{ IKE_HASH_SHA256, "SHA256" },
		{ IKE_HASH_SHA384, "SHA384" },
		{ IKE_HASH_SHA512, "SHA512" },
	};

	return NAME_OF(names, number);
}

const char *ike_auth_name(unsigned int number)
{
	static const struct number_name names[] = {
		{ IKE_AUTH_PSK, "pre-share" },
		{ IKE_AUTH_RSA_SIG, "RSA sig" },
	};

	return NAME_OF(names, number);
}

bool ike_group_known(unsigned int number)
{
	switch (number) {
	case IKE_GROUP_1:
	case IKE_GROUP_2:
	case IKE_GROUP_5:
	case IKE_GROUP_14:
	case IKE_GROUP_15:
	case IKE_GROUP_16:
	case IKE_GROUP_19:
	case IKE_GROUP_20:
	case IKE_GROUP_21:
	case IKE_GROUP_24:
		return true;
	default:
		return false;
	}
}
