# SPDX-License-Identifier: MIT
"""signed.py - a DNS server whose zone "example" is signed (DNSSEC)

(libunbound itself says that there is no "test".)

What is not there is denied by an NSEC made for the question.  Names below a
delegation without DS are not signed; names that were spoilt have signatures
that do not fit; of what is withheld nobody can say anything (SERVFAIL).
"""
import socket
import threading
import time

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec

APEX = dns.name.from_text("example.")
IN = dns.rdataclass.IN
TTL = 60


class SignedZone(threading.Thread):
    """add("A", "host.x.example", "127.0.0.2"), add("SRV", name, "5 0 5269 h.")"""

    def __init__(self, address="127.0.0.1"):
        super().__init__(daemon=True)
        self.rows = {}
        self.spoilt, self.delegated, self.asked = set(), set(), []
        self.withheld = set()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.dnskey = dns.dnssec.make_dnskey(
            self.key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256,
            flags=257)
        self.add("SOA", "example", "ns.example. host.example. 1 3600 600 86400 60")
        self.add("NS", "example", "ns.example.")
        self.add("A", "ns.example", address)
        self.put(APEX, self.dnskey)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.start()

    def anchor(self, path):
        with open(path, "w") as f:
            f.write(f"example. 3600 IN DNSKEY {self.dnskey.to_text()}\n")
        return path

    def put(self, name, data):
        self.rows.setdefault(name, {}).setdefault(
            data.rdtype, dns.rrset.RRset(name, IN, data.rdtype)).add(data, TTL)

    def add(self, kind, name, text):
        self.put(dns.name.from_text(name.lower() + "."),
                 dns.rdata.from_text(IN, kind, text, relativize=False,
                                     origin=dns.name.root))

    def server(self, domain, address, port=5269):
        self.add("A", "host." + domain, address)
        self.add("SRV", "_xmpp-server._tcp." + domain,
                 f"5 0 {port} host.{domain}.")

    def spoil(self, name):
        self.spoilt.add(dns.name.from_text(name.lower() + "."))

    def withhold(self, kind, name):
        self.withheld.add((name.lower() + ".", kind))

    def delegate(self, name):
        """To itself, but without a DS: below it nothing is signed."""
        self.delegated.add(dns.name.from_text(name.lower() + "."))

    def is_unsigned(self, name):
        return any(name.is_subdomain(d) for d in self.delegated)

    def signed(self, rrset):
        now = int(time.time())
        sig = dns.dnssec.sign(rrset, self.key, APEX, self.dnskey,
                              inception=now - 3600, expiration=now + 86400)
        if rrset.name in self.spoilt:
            bad = bytearray(sig.signature)
            bad[3] ^= 0xff
            sig = sig.replace(signature=bytes(bad))
        out = dns.rrset.RRset(rrset.name, IN, dns.rdatatype.RRSIG,
                              rrset.rdtype)
        out.add(sig, rrset.ttl)
        return [rrset, out]

    def denial(self, name, is_cut):
        kinds = "NS RRSIG NSEC" if is_cut else " ".join(
            [dns.rdatatype.to_text(k) for k in self.rows.get(name, ())] +
            ["RRSIG", "NSEC"])
        following = dns.name.Name((b"\0",) + name.labels)
        nsec = dns.rrset.RRset(name, IN, dns.rdatatype.NSEC)
        nsec.add(dns.rdata.from_text(IN, "NSEC",
                                     f"{following} {kinds}"), TTL)
        return (self.signed(self.rows[APEX][dns.rdatatype.SOA]) +
                self.signed(nsec))

    def fill(self, answer, name, kind):
        cut = name in self.delegated and kind == dns.rdatatype.DS
        unsigned = self.is_unsigned(name) and not cut
        found = self.rows.get(name, {}).get(kind)
        if found is not None and not cut:
            answer.answer = [found] if unsigned else self.signed(found)
        elif unsigned:
            answer.set_rcode(dns.rcode.NOERROR if name in self.rows or
                             name in self.delegated else dns.rcode.NXDOMAIN)
        else:
            answer.authority = self.denial(name, cut)

    def run(self):
        while True:
            wire, peer = self.socket.recvfrom(4096)
            query = dns.message.from_wire(wire)
            question = query.question[0]
            name = question.name.canonicalize()
            self.asked.append((name.to_text(True),
                               dns.rdatatype.to_text(question.rdtype)))
            answer = dns.message.make_response(query, our_payload=4096)
            answer.flags |= dns.flags.AA | dns.flags.RA
            if (name.to_text(), dns.rdatatype.to_text(
                    question.rdtype)) in self.withheld:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif name.is_subdomain(APEX):
                self.fill(answer, name, question.rdtype)
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(max_size=4096), peer)
