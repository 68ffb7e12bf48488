# SPDX-License-Identifier: MIT
"""people.py - persons with an ordinary XMPP client (slixmpp), for wire tests

Each runs on one asyncio loop of the test; what arrives is kept and waited
for with a bound.
"""
import asyncio
import ssl

import slixmpp
import slixmpp.xmlstream.handler
import slixmpp.xmlstream.matcher


class Person(slixmpp.ClientXMPP):
    def __init__(self, m, name, password=None, resource="test"):
        super().__init__(f"{name}@{m.domain}/{resource}",
                         name + "-secret" if password is None else password)
        self.m = m
        self.heard = []     # every message stanza
        self.seen = []      # every presence stanza
        self.news = asyncio.Event()
        self.failure = None
        self.trusting = getattr(m, "trusting", False)
        if not self.trusting:
            self.ca_certs = m.cert + ".crt"
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0045")
        self.register_plugin("xep_0199")
        self.register_plugin("xep_0198")
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("groupchat_message", self.on_message)
        self.add_event_handler("message_error", self.on_message)
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "all presence", slixmpp.xmlstream.matcher.StanzaPath("presence"),
            self.on_presence))
        self.add_event_handler("failed_auth", self.on_failed)

    def on_message(self, msg):
        if not any(msg is old for old in self.heard):
            self.heard.append(msg)
        self.news.set()

    def on_presence(self, pres):
        self.seen.append(pres)
        self.news.set()

    def on_failed(self, _):
        self.failure = "log-in refused"
        self.news.set()

    async def login(self, show=None, tls="starttls"):
        started = asyncio.Event()

        def on_start(_):
            started.set()
            self.news.set()
        self.add_event_handler("session_start", on_start)
        context = ssl.create_default_context(cafile=self.m.cert + ".crt")
        if self.trusting:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.ssl_context = context
        port = self.m.port["c2s_tls" if tls == "direct" else "c2s"]
        self.connect(("127.0.0.1", port), use_ssl=tls == "direct",
                     force_starttls=tls != "direct")
        await self.until(lambda: self.failure or started.is_set())
        if self.failure:
            raise AssertionError(f"{self.boundjid}: {self.failure}")
        self.send_presence(pshow=show)
        await self.get_roster()
        return self

    async def until(self, condition, seconds=20):
        end = asyncio.get_event_loop().time() + seconds
        while True:
            value = condition()
            if value:
                return value
            left = end - asyncio.get_event_loop().time()
            if left <= 0:
                raise AssertionError(f"{self.boundjid} waited {seconds} s in vain")
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 0.5))
            except asyncio.TimeoutError:
                pass

    def bodies(self, sender=None):
        return [m["body"] for m in self.heard
                if m["body"] and (sender is None or m["from"].bare == sender)]

    async def hears(self, text, sender=None, seconds=20):
        """The first message whose body has the text."""
        def found():
            for m in self.heard:
                if text in m["body"] and sender in (None, m["from"].bare):
                    return m
            return None
        try:
            return await self.until(found, seconds)
        except AssertionError:
            raise AssertionError(
                f"{self.boundjid} did not hear {text!r}; heard: "
                f"{self.bodies()}") from None

    async def enter(self, room):
        self.plugin["xep_0045"].join_muc(room, self.boundjid.user)
        await self.until(lambda: any(
            p["from"].bare == room and p["from"].resource == self.boundjid.user
            for p in self.seen))
