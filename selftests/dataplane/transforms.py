# SPDX-License-Identifier: GPL-2.0
"""Every transform, once: for our side, for stock xfrm, and its sizes.

The sizes are computed here from the RFCs, on purpose not from what the module
says of itself.
"""

import os


class Cipher:
    """encr-alg, xfrm name, key and salt, IV, cipher block, ICV of its own."""

    def __init__(self, encr, xfrm, key, salt, iv, block, icv):
        # pylint: disable=too-many-arguments
        self.encr, self.xfrm = encr, xfrm
        self.key, self.salt, self.iv, self.block, self.icv = key, salt, iv, block, icv


class Auth:
    """auth-alg, xfrm name, key, ICV."""

    def __init__(self, auth, xfrm, key, icv):
        self.auth, self.xfrm, self.key, self.icv = auth, xfrm, key, icv


CBC = [Cipher('aes-cbc', 'cbc(aes)', key, 0, 16, 16, 0) for key in (16, 24, 32)]
GCM = [Cipher('aes-gcm-16', 'rfc4106(gcm(aes))', key, 4, 8, 1, 16)
       for key in (16, 24, 32)]
DES = [Cipher('des-cbc', 'cbc(des)', 8, 0, 8, 8, 0),
       Cipher('des3-cbc', 'cbc(des3_ede)', 24, 0, 8, 8, 0)]
NULL = Cipher('null', 'ecb(cipher_null)', 0, 0, 0, 1, 0)

AUTHS = [
    Auth('hmac-sha1-96', 'hmac(sha1)', 20, 12),
    Auth('hmac-sha2-256-128', 'hmac(sha256)', 32, 16),
    Auth('hmac-sha2-384-192', 'hmac(sha384)', 48, 24),
    Auth('hmac-sha2-512-256', 'hmac(sha512)', 64, 32),
    Auth('hmac-md5-96', 'hmac(md5)', 16, 12),
]


class Transform:
    """A cipher, an integrity algorithm or None, and whether with ESN."""

    def __init__(self, cipher, auth, esn=False):
        self.cipher, self.auth, self.esn = cipher, auth, esn
        self.icv = auth.icv if auth else cipher.icv
        self.align = max(cipher.block, 4)

    def __str__(self):
        bits = f'-{self.cipher.key * 8}' if self.cipher.key else ''
        auth = f' {self.auth.auth}' if self.auth else ''
        return f'{self.cipher.encr}{bits}{auth}{" esn" if self.esn else ""}'

    def keys(self):
        """Fresh key material: (cipher key with salt, integrity key)."""
        return (os.urandom(self.cipher.key + self.cipher.salt),
                os.urandom(self.auth.key if self.auth else 0))

    def xfrm(self, keys):
        """The algorithm part of `ip xfrm state add`."""
        encr, auth = keys
        if not self.auth:
            return f"aead '{self.cipher.xfrm}' 0x{encr.hex()} {self.icv * 8}"
        key = f'0x{encr.hex()}' if encr else '""'
        return (f"enc '{self.cipher.xfrm}' {key} "
                f"auth-trunc '{self.auth.xfrm}' 0x{auth.hex()} {self.icv * 8}")

    def esp_length(self, text):
        """Bytes from the ESP header to the ICV for so much text."""
        padded = -(-(text + 2) // self.align) * self.align
        return 8 + self.cipher.iv + padded + self.icv

    def plaintext_mtu(self, path, outer, transport=False):
        """Largest packet for a path and an outer header of so many bytes."""
        size = path
        while self.packet_length(size, outer, transport) > path:
            size -= 1
        return size

    def packet_length(self, plain, outer, transport=False):
        """On the wire, for a packet of so many bytes with its IP header."""
        return outer + self.esp_length(plain - (outer if transport else 0))


def every():
    """Each transform without and with ESN; DES with what it is used with."""
    for esn in (False, True):
        for cipher in CBC + [NULL]:
            for auth in AUTHS:
                yield Transform(cipher, auth, esn)
        for cipher in DES:
            for auth in AUTHS[0], AUTHS[-1]:
                yield Transform(cipher, auth, esn)
        for cipher in GCM:
            yield Transform(cipher, None, esn)


def find(encr, bits=0, auth=None, esn=False):
    """One by name: find('aes-cbc', 128, 'hmac-sha1-96')."""
    for transform in every():
        if (transform.cipher.encr == encr and transform.cipher.key * 8 == bits and
                transform.esn == esn and
                (transform.auth.auth if transform.auth else None) == auth):
            return transform
    raise KeyError((encr, bits, auth, esn))


CBC_SHA1 = find('aes-cbc', 128, 'hmac-sha1-96')
CBC_SHA512 = find('aes-cbc', 256, 'hmac-sha2-512-256')
GCM_128 = find('aes-gcm-16', 128)
NULL_SHA1 = find('null', 0, 'hmac-sha1-96')
NULL_SHA256 = find('null', 0, 'hmac-sha2-256-128')
