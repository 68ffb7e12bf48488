# SPDX-License-Identifier: MIT
"""federation.py - what is tried with every other server, whatever its make"""
import asyncio

from people import Person


def links(m):
    status, answer = m.api("GET", "/api/s2s")
    assert status == 200, (status, answer)
    return answer["links"]


def link(m, direction, domain):
    """The link there is with a domain; None: none."""
    other = "to" if direction == "out" else "from"
    found = [l for l in links(m) if l["direction"] == direction and
             l[other] == domain]
    return found[0] if found else None


async def talk(m, ann, eve):
    """Both ways, then a question each way."""
    ann.send_message(mto=eve.boundjid.bare, mbody="to you <&>\u00e4",
                     mtype="chat")
    await eve.hears("to you")
    assert eve.bodies(ann.boundjid.bare) == ["to you <&>\u00e4"]
    eve.send_message(mto=ann.boundjid.bare, mbody="and back", mtype="chat")
    await ann.hears("and back")
    assert await ann.plugin["xep_0199"].ping(eve.boundjid.host) is not None
    assert await eve.plugin["xep_0199"].ping(m.domain) is not None
    assert await eve.plugin["xep_0199"].ping(ann.boundjid) is not None


async def see(ann, eve):
    """Subscriptions both ways; presence comes, goes, and is probed for."""
    def is_seen(who, whom, kind):
        return any(p["type"] == kind and p["from"].bare == whom.boundjid.bare
                   for p in who.seen)
    ann.send_presence_subscription(pto=eve.boundjid.bare)
    await eve.until(lambda: is_seen(eve, ann, "subscribe"))
    eve.send_presence_subscription(pto=ann.boundjid.bare, ptype="subscribed")
    await ann.until(lambda: is_seen(ann, eve, "available"))
    eve.send_presence_subscription(pto=ann.boundjid.bare)
    await ann.until(lambda: is_seen(ann, eve, "subscribe"))
    ann.send_presence_subscription(pto=eve.boundjid.bare, ptype="subscribed")
    await eve.until(lambda: is_seen(eve, ann, "available"))
    ann.seen.clear()
    eve.send_presence(pshow="dnd")
    await ann.until(lambda: any(p["show"] == "dnd" for p in ann.seen))


async def leave(*people):
    for p in people:
        p.disconnect()
        await asyncio.wait_for(p.disconnected, 10)


async def refused(m, ann, to, why, condition):
    ann.heard.clear()
    ann.send_message(mto=to, mbody="can you hear me", mtype="chat")
    await ann.until(lambda: any(h["type"] == "error" for h in ann.heard))
    error = next(h for h in ann.heard if h["type"] == "error")["error"]
    assert error["condition"] == condition, error
    if why is not None:
        l = link(m, "out", to.split("@")[1])
        assert why in l["error"], l
        assert l["state"] == "failed", l


async def good(m, p, proof, out_proof=None):
    """proof: how we are to be shown who they are, and they who we are."""
    ann = await Person(m, "ann").login()
    eve = await Person(p, "eve").login()
    await talk(m, ann, eve)
    out, back = link(m, "out", p.domain), link(m, "in", p.domain)
    assert out["state"] == "ready" and back["state"] == "ready", links(m)
    if proof is not None:
        assert back["proof"] == proof, back
        assert (out["certificate"] == "good") == (proof == "external"), out
        assert out["proof"] == (out_proof or proof), out
    assert out["tls"] in ("TLSv1.3", "TLSv1.2"), out
    await see(ann, eve)
    await leave(eve)
    await ann.until(lambda: any(q["type"] == "unavailable" and
                                q["from"].bare == eve.boundjid.bare
                                for q in ann.seen))
    await leave(ann)
    # Who comes back is told by the probe.
    eve = await Person(p, "eve").login(show="away")
    ann = await Person(m, "ann").login()
    await ann.until(lambda: any(q["show"] == "away" for q in ann.seen))
    await leave(ann, eve)
