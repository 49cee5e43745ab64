# SPDX-License-Identifier: GPL-2.0
"""Packets made and read by hand, each byte as the test wants it: IP, UDP and
ESP.  test_replay.py compares the ESP with Scapy's, which is an implementation
of somebody else.
"""

import hashlib
import hmac
import itertools
import os
import socket
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

UDP, TCP, ICMP, IPIP, IPV6, ESP, NONE = 17, 6, 1, 4, 41, 50, 59
FRAGMENT, HOPOPTS, DSTOPTS = 44, 0, 60
DF, MF = 0x4000, 0x2000


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(src, dst, proto, payload, *, tos=0, ttl=64, ident=0, frag=0, options=b'',
        version=4, ihl=None, length=None, header_sum=None):
    """An IPv4 packet; frag is the whole field, flags and offset."""
    if ihl is None:
        ihl = 5 + len(options) // 4
    if length is None:
        length = 20 + len(options) + len(payload)

    def header(total):
        return struct.pack('!BBHHHBBH', version << 4 | ihl, tos, length, ident, frag, ttl,
                           proto, total) + addr(src) + addr(dst) + options
    if header_sum is None:
        header_sum = checksum(header(0))
    return header(header_sum) + payload


def ip6(src, dst, nexthdr, payload, *, tclass=0, hops=64, version=6, length=None):
    if length is None:
        length = len(payload)
    return struct.pack('!IHBB', version << 28 | tclass << 20, length, nexthdr, hops) + \
        addr(src) + addr(dst) + payload


def ip(src, dst, proto, payload, **options):
    return (ip6 if ':' in src else ip4)(src, dst, proto, payload, **options)


def _pseudo(src, dst, proto, length):
    return addr(src) + addr(dst) + struct.pack('!II', length, proto)


def udp(src, dst, sport, dport, data):
    """A UDP datagram with its checksum, without IP header."""
    header = struct.pack('!HHH', sport, dport, 8 + len(data))
    total = checksum(_pseudo(src, dst, UDP, 8 + len(data)) + header + b'\0\0' + data)
    return header + struct.pack('!H', total or 0xffff) + data


def udp_packet(src, dst, sport, dport, data, **options):
    return ip(src, dst, UDP, udp(src, dst, sport, dport, data), **options)


def icmp6(src, dst, kind, code, body, **options):
    text = struct.pack('!BBH', kind, code, 0) + body
    total = checksum(_pseudo(src, dst, 58, len(text)) + text)
    return ip6(src, dst, 58, text[:2] + struct.pack('!H', total) + text[4:], **options)


# Another one for each packet: what is left of one must not become part of the next.
_idents = itertools.count(0x100)


def fragments4(packet, size):
    """An IPv4 packet without options in parts of so many bytes of payload."""
    ident = next(_idents) & 0xffff
    header, payload = packet[:20], packet[20:]
    assert size % 8 == 0
    parts = []
    for at in range(0, len(payload), size):
        more = MF if at + size < len(payload) else 0
        part = payload[at:at + size]
        head = bytearray(header)
        struct.pack_into('!HHH', head, 2, 20 + len(part), ident, more | at // 8)
        struct.pack_into('!H', head, 10, 0)
        struct.pack_into('!H', head, 10, checksum(bytes(head)))
        parts.append(bytes(head) + part)
    return parts


def fragments6(packet, size):
    """An IPv6 packet without extension headers in parts."""
    ident = next(_idents)
    assert size % 8 == 0
    src = socket.inet_ntop(socket.AF_INET6, packet[8:24])
    dst = socket.inet_ntop(socket.AF_INET6, packet[24:40])
    payload = packet[40:]
    parts = []
    for at in range(0, len(payload), size):
        more = at + size < len(payload)
        head = struct.pack('!BBHI', packet[6], 0, at | more, ident)
        parts.append(ip6(src, dst, FRAGMENT, head + payload[at:at + size]))
    return parts


def fragments(packet, size):
    return fragments6(packet, size) if packet[0] >> 4 == 6 else fragments4(packet, size)


def option_header(nexthdr, size=8):
    """A hop-by-hop or destination options header with one option, unknown and
    to be skipped; so much padding would be refused."""
    return struct.pack('!BBBB', nexthdr, size // 8 - 1, 0x1e, size - 4) + bytes(size - 4)


# --- ESP (RFC 4303)

class BadPacket(Exception):
    """open() does not accept the packet."""


HASHES = {'hmac-sha1-96': (hashlib.sha1, 20, 12),
          'hmac-sha2-256-128': (hashlib.sha256, 32, 16),
          'hmac-sha2-384-192': (hashlib.sha384, 48, 24),
          'hmac-sha2-512-256': (hashlib.sha512, 64, 32)}


class Esp:
    """One ESP SA, with keys of its own.  encr and auth are names of the netlink
    specification."""

    def __init__(self, spi, encr='aes-gcm-16', auth='none', esn=False, bits=128):
        self.spi = spi
        self.encr = encr
        self.auth = auth
        self.esn = esn
        self.salt = os.urandom(4) if encr == 'aes-gcm-16' else b''
        self.key = os.urandom(bits // 8) if encr != 'null' else b''
        self.auth_key = b''
        if auth != 'none':
            self.hash, keylen, self.icv = HASHES[auth]
            self.auth_key = os.urandom(keylen)
        else:
            self.icv = 16
        self.iv = {'aes-gcm-16': 8, 'aes-cbc': 16, 'null': 0}[encr]
        self.align = 16 if encr == 'aes-cbc' else 4
        self.aead = AESGCM(self.key) if encr == 'aes-gcm-16' else None

    @property
    def encr_key(self):
        """As netlink wants it."""
        return self.key + self.salt

    def overhead(self):
        """Bytes of a packet beside payload, padding and trailer."""
        return 8 + self.iv + self.icv

    def _high(self, seq):
        return struct.pack('!I', seq >> 32) if self.esn else b''

    def _mac(self, text, seq):
        return hmac.new(self.auth_key, text + self._high(seq),
                        self.hash).digest()[:self.icv]

    def _cbc(self, iv):
        return Cipher(algorithms.AES(self.key), modes.CBC(iv))

    def trailer(self, length, nexthdr, extra=0):
        """Padding, its length and the next header, for so long a payload; extra
        is a multiple of align."""
        pad = -(length + 2) % self.align + extra
        return bytes(i + 1 & 255 for i in range(pad)) + bytes((pad, nexthdr))

    def seal(self, seq, nexthdr, payload, extra=0):
        """The ESP packet, from SPI to ICV."""
        return self.seal_text(seq, payload + self.trailer(len(payload), nexthdr, extra))

    def seal_text(self, seq, text):
        """The same with a trailer of the caller's; its length has to fit."""
        head = struct.pack('!II', self.spi, seq & 0xffffffff)
        iv = os.urandom(self.iv)
        if self.aead:
            iv = struct.pack('!Q', seq)
            aad = struct.pack('!I', self.spi) + self._high(seq) + head[4:]
            return head + iv + self.aead.encrypt(self.salt + iv, text, aad)
        if self.encr == 'aes-cbc':
            cipher = self._cbc(iv).encryptor()
            text = cipher.update(text) + cipher.finalize()
        packet = head + iv + text
        return packet + self._mac(packet, seq)

    def open(self, packet, high=0):
        """Authenticates and decrypts: sequence number, next header, payload."""
        if len(packet) < self.overhead() + 2:
            raise BadPacket('too short')
        spi, seq = struct.unpack_from('!II', packet)
        if spi != self.spi:
            raise BadPacket(f'SPI {spi:#x} is not {self.spi:#x}')
        seq |= high << 32
        iv, text = packet[8:8 + self.iv], packet[8 + self.iv:]
        if self.aead:
            aad = packet[:4] + self._high(seq) + packet[4:8]
            try:
                text = self.aead.decrypt(self.salt + iv, text, aad)
            except InvalidTag as why:
                raise BadPacket('ICV') from why
        else:
            if not hmac.compare_digest(self._mac(packet[:-self.icv], seq),
                                       packet[-self.icv:]):
                raise BadPacket('ICV')
            text = text[:-self.icv]
            if self.encr == 'aes-cbc':
                cipher = self._cbc(iv).decryptor()
                text = cipher.update(text) + cipher.finalize()
        pad, nexthdr = text[-2:]
        padding = text[len(text) - 2 - pad:-2]
        if padding != bytes(i + 1 & 255 for i in range(pad)):
            raise BadPacket('padding')
        return seq, nexthdr, text[:len(text) - 2 - pad]


def esp_of(packet):
    """The ESP packet in an IP packet without extension headers, or None."""
    if packet[0] >> 4 == 6:
        length, = struct.unpack_from('!H', packet, 4)
        return packet[40:40 + length] if packet[6] == ESP else None
    length, = struct.unpack_from('!H', packet, 2)
    return packet[(packet[0] & 15) * 4:length] if packet[9] == ESP else None


def udp_data(packet):
    """Payload of an unfragmented UDP packet without extension headers, or None."""
    six = packet[0] >> 4 == 6
    if packet[6 if six else 9] != UDP:
        return None
    at = 40 if six else (packet[0] & 15) * 4
    length, = struct.unpack_from('!H', packet, at + 4)
    return packet[at + 8:at + length]


def scapy_sa(sa, tunnel=None):
    """The same SA in Scapy's hands; tunnel is a pair of outer addresses."""
    # pylint: disable=import-outside-toplevel
    from scapy.config import conf
    conf.ipv6_enabled = False       # Scapy's look at the routes takes long
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.ipsec import ESP as SCAPY_ESP
    from scapy.layers.ipsec import SecurityAssociation
    names = {'aes-gcm-16': 'AES-GCM', 'aes-cbc': 'AES-CBC', 'null': 'NULL',
             'none': 'NULL', 'hmac-sha1-96': 'HMAC-SHA1-96',
             'hmac-sha2-256-128': 'SHA2-256-128', 'hmac-sha2-384-192': 'SHA2-384-192',
             'hmac-sha2-512-256': 'SHA2-512-256'}
    header = None
    if tunnel:
        header = (IPv6 if ':' in tunnel[0] else IP)(src=tunnel[0], dst=tunnel[1])
    return SecurityAssociation(SCAPY_ESP, spi=sa.spi, crypt_algo=names[sa.encr],
                               crypt_key=sa.encr_key, auth_algo=names[sa.auth],
                               auth_key=sa.auth_key, tunnel_header=header,
                               esn_en=sa.esn)
