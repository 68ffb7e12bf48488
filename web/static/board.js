// SPDX-License-Identifier: MIT
// board.js - who is here, pool by pool, who would be chosen now, and why

import { mine } from "/static/api.js";
import { el, icon, keyed, panel, setClass, setText, shortName } from "/static/dom.js";

const words = {
	ready: ["ok", "Ready"],
	reachable: ["info", "Reachable"],
	away: ["warn", "Away"],
	busy: ["bad", "Busy"],
	offline: ["none", "Offline"],
};

function makeRow() {
	const tr = el("tr");
	tr.dot = el("span", { class: "dot", "aria-hidden": "true" });
	tr.word = el("span");
	tr.name = el("span", { class: "who-name" });
	tr.next = el("span", { class: "tag tag-next" }, "next");
	tr.lead = el("span", { class: "tag" }, "lead");
	tr.why = el("div", { class: "soft small" });
	tr.append(
		el("th", { scope: "row" }, tr.name, " ", tr.lead, " ", tr.next),
		el("td", { class: "who-level" }, el("span", { class: "level" }, tr.dot, tr.word)),
		el("td", { class: "who-why" }, tr.why));
	return tr;
}

function updateRow(tr, m) {
	const [tone, word] = words[m.availability] || ["none", m.availability];
	setText(tr.name, m.name || shortName(m.address));
	tr.name.title = m.address;
	setClass(tr.dot, "dot dot-" + tone);
	setText(tr.word, word);
	tr.next.hidden = !m.chosen;
	tr.lead.hidden = !m.lead;
	const parts = [m.reason || m.why];
	if (m.status)
		parts.push("\u201c" + m.status + "\u201d");
	setText(tr.why, parts.filter(Boolean).join(" \u00b7 "));
	setClass(tr, m.chosen ? "chosen" : "");
}

function makePool() {
	const box = el("div", { class: "pool" });
	box.heading = el("h3");
	box.count = el("span", { class: "pool-count" });
	box.why = el("p", { class: "soft small pool-why" });
	box.rows = el("tbody");
	box.caption = el("caption", { class: "hidden-text" });
	box.append(el("div", { class: "pool-head" }, box.heading, box.count), box.why,
		el("table", { class: "who" }, box.caption,
			el("thead", { class: "hidden-text" }, el("tr", {},
				el("th", { scope: "col" }, "Person"),
				el("th", { scope: "col" }, "Availability"),
				el("th", { scope: "col" }, "Why"))),
			box.rows));
	return box;
}

function updatePool(box, p) {
	setText(box.heading, shortName(p.address));
	box.heading.title = p.address;
	setText(box.caption, "Members of " + p.address);
	const none = !p.error && p.available === 0;
	box.count.replaceChildren();
	if (p.error || none)
		box.count.append(icon(p.error ? "warn" : "bad"));
	box.count.append(p.error ? "unknown" : `${p.available} of ${p.count} available`);
	setClass(box.count, "pool-count" + (none ? " is-bad" : ""));
	setText(box.why, p.error || p.why || "");
	keyed(box.rows, p.members || [], (m) => m.address, makeRow, updateRow);
}

// One's own first.
function sorted(pools) {
	const own = (p) => (mine().pools.includes(p.address) ? 0 : 1);
	return pools.slice().sort((a, b) => own(a) - own(b) || (a.address < b.address ? -1 : 1));
}

export function peoplePanel() {
	const p = panel("People");
	const pools = el("div");
	const others = makePool();
	const empty = el("p", { class: "soft" });
	p.body.append(pools, others, empty);
	others.hidden = true;
	let last = null;

	function draw() {
		keyed(pools, sorted(last.pools), (x) => x.address, makePool, updatePool);
		const inPools = new Set(last.pools.flatMap((x) => (x.members || []).map((m) => m.address)));
		const rest = last.people.filter((m) => !inPools.has(m.address));
		others.hidden = rest.length === 0;
		setText(others.heading, "In no pool");
		setText(others.count, rest.length + " here");
		keyed(others.rows, rest, (m) => m.address, makeRow, updateRow);
		empty.hidden = last.pools.length > 0 || rest.length > 0;
		setText(empty, "No pools are configured, and nobody is here. Pools stand under `pools:` in muster.yaml.");
	}

	return {
		box: p.box,
		show(who) {
			last = who;
			draw();
		},
		// At once, until the choice is asked for again.
		person(m) {
			if (!last)
				return;
			for (const x of last.pools)
				for (const old of x.members || [])
					if (old.address === m.address)
						Object.assign(old, { availability: m.availability, reason: "",
							why: m.why, status: m.status, show: m.show });
			draw();
		},
	};
}

