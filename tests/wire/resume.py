# SPDX-License-Identifier: MIT
"""resume.py - a raw client that keeps XEP-0198 by hand, for wire tests

Direct TLS (or none), PLAIN, bind or resume.  It counts what it sends and gets, and
keeps what the server did not say it has.
"""
import base64
import re
import socket
import ssl
import time
import xml.etree.ElementTree as ET

SM = "{urn:xmpp:sm:3}"
CLIENT = "{jabber:client}"


class Cut(Exception):
    pass


class Resumer:
    def __init__(self, m, name, resource="r"):
        self.m, self.name, self.resource = m, name, resource
        self.id = None
        self.got = 0            # stanzas, since 0198 is on
        self.unacked = []       # ours, as text
        self.sent = 0           # h when all of ours are acknowledged
        self.bodies = []        # (body, stanza-id) as they came
        self.counting = False
        self.tls = True
        self.origins = False    # do our messages have an origin-id?
        self.sock = None

    # ---- bytes ----

    def connect(self):
        self.sock = socket.create_connection(
            ("127.0.0.1", self.m.port["c2s_tls" if self.tls else "c2s"]), 20)
        if self.tls:
            context = ssl.create_default_context(cafile=self.m.cert + ".crt")
            self.sock = context.wrap_socket(self.sock,
                                            server_hostname=self.m.domain)
        self.sock.settimeout(20)
        self.open()
        plain = f"\0{self.name}\0{self.name}-secret".encode()
        self.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                   "mechanism='PLAIN'>"
                   f"{base64.b64encode(plain).decode()}</auth>")
        assert self.next().tag.endswith("success")
        self.open()

    def open(self):
        self.parser = ET.XMLPullParser(("start", "end"))
        self.depth = 0
        self.ready = []
        self.write("<stream:stream xmlns='jabber:client' version='1.0' "
                   "xmlns:stream='http://etherx.jabber.org/streams' "
                   f"to='{self.m.domain}'>")
        assert self.next().tag.endswith("features")

    def write(self, text):
        try:
            self.sock.sendall(text.encode())
        except OSError as e:
            raise Cut(str(e)) from e

    def feed(self):
        try:
            data = self.sock.recv(65536)
        except socket.timeout:
            raise
        except OSError as e:
            raise Cut(str(e)) from e
        if not data:
            raise Cut("closed")
        self.parser.feed(data)
        for kind, el in self.parser.read_events():
            self.depth += 1 if kind == "start" else -1
            if kind == "end" and self.depth == 1:
                self.ready.append(el)

    def next(self):
        """The next top-level element; Cut when the stream is over."""
        while not self.ready:
            self.feed()
        el = self.ready.pop(0)
        if el.tag.endswith("}error") and "streams" in el.tag:
            raise Cut(ET.tostring(el).decode())
        self.look(el)
        return el

    # ---- XEP-0198 ----

    def look(self, el):
        if el.tag in (CLIENT + "message", CLIENT + "presence",
                      CLIENT + "iq") and self.counting:
            self.got += 1
        if el.tag in (SM + "a", SM + "resumed", SM + "failed"):
            self.handled(el.get("h"))
        if el.tag == SM + "r":
            self.write(f"<a xmlns='urn:xmpp:sm:3' h='{self.got}'/>")
        body = el.find(CLIENT + "body")
        if el.tag == CLIENT + "message" and body is not None:
            sid = el.find("{urn:xmpp:sid:0}stanza-id")
            self.bodies.append((body.text,
                                sid.get("id") if sid is not None else None))

    def handled(self, h):
        if h is None:
            return
        done = len(self.unacked) - (self.sent - int(h))
        assert 0 <= done <= len(self.unacked), (h, self.sent)
        del self.unacked[:done]

    def send(self, stanza):
        self.unacked.append(stanza)
        self.sent += 1
        self.write(stanza)

    def say(self, to, body):
        self.send(self.words(to, body))

    def words(self, to, body):
        name = f"{self.id}{body}"
        origin = f"<origin-id xmlns='urn:xmpp:sid:0' id='{name}'/>" \
            if self.origins else ""
        return f"<message type='chat' id='{name}' " \
               f"to='{to}@{self.m.domain}'><body>{body}</body>{origin}" \
               "</message>"

    def bind(self):
        self.write("<iq type='set' id='bind'><bind "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                   f"<resource>{self.resource}</resource></bind></iq>")
        assert self.next().get("type") == "result"
        again, self.unacked = self.unacked, []
        self.got = self.sent = 0
        self.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        self.counting = True
        while True:
            el = self.next()
            if el.tag == SM + "enabled":
                break
        self.id = el.get("id")
        self.send("<presence/>")
        for stanza in again:
            self.send(stanza)
        return self

    def begin(self):
        self.connect()
        return self.bind()

    def back(self):
        """After a cut: True if resumed, False if begun anew."""
        self.connect()
        self.write(f"<resume xmlns='urn:xmpp:sm:3' previd='{self.id}' "
                   f"h='{self.got}'/>")
        while True:
            el = self.next()
            if el.tag in (SM + "resumed", SM + "failed"):
                break
        if el.tag == SM + "failed":
            self.had_h = el.get("h")
            self.repeated = len(self.unacked)
            self.counting = False
            self.bind()
            return False
        for stanza in self.unacked:
            self.write(stanza)
        return True

    def settle(self):
        """Until the server has everything of ours."""
        while self.unacked:
            self.write("<r xmlns='urn:xmpp:sm:3'/>")
            el = self.next()
            while el.tag != SM + "a":
                el = self.next()

    def until(self, condition, seconds=20.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.bodies
            self.next()

    def drop(self):
        """The connection breaks; nothing is said."""
        if self.sock is not None:
            self.sock.close()


def numbers(client):
    return [int(re.sub(r"\D", "", b)) for b, _ in client.bodies]


def each_once(client, count, may_repeat=0):
    """Bodies 0..count-1, each under one stanza-id only."""
    seen = {}
    for body, sid in client.bodies:
        assert sid is not None, body
        seen.setdefault(body, set()).add(sid)
    doubled = {b: s for b, s in seen.items() if len(s) > 1}
    assert len(doubled) <= may_repeat, doubled
    lost = [i for i in range(count) if f"line {i}" not in seen]
    assert not lost, lost
