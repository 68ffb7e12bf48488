// SPDX-License-Identifier: MIT
// cases.js - what is open, who has it, and the claim buttons

import { mayAct, mine, post } from "/static/api.js";
import { ago, el, icon, keyed, panel, setClass, setText, shortName, when } from "/static/dom.js";

export const tones = { info: "info", warning: "warn", error: "warn", critical: "bad", disaster: "bad" };

export function severity(c) {
	const tone = tones[c.severity] || "info";
	return el("span", { class: "sev sev-" + tone }, icon(tone), c.severity);
}

// The verbs that make sense now; the server decides.
export function verbsFor(c) {
	const me = mine().address;
	if (!mayAct(c) || c.state === "closed")
		return [];
	if (c.state === "claimed" && c.owner === me)
		return ["done", "release"];
	if (c.offered_to === me)
		return ["take", "decline"];
	return c.state === "claimed" ? [] : ["take", "ack"];
}

export const verbWords = { take: "Take", ack: "Ack", release: "Release", done: "Done", decline: "Decline" };

export function holder(c, now) {
	if (c.state === "closed")
		return "closed " + when(c.closed_at) + (c.closed_why ? ": " + c.closed_why : "");
	if (c.state === "claimed") {
		const who = c.owner === mine().address ? "you have it" : shortName(c.owner) + " has it";
		const till = c.until ? ", until " + when(c.until) : "";
		const offer = c.offered_to ? ", offered to " + shortName(c.offered_to) : "";
		return `${who} since ${when(c.claimed_at)}${till}${offer}`;
	}
	if (c.waiting_arrival)
		return "nobody is available: the first who comes is told";
	return "nobody has it";
}

function firstLine(text) {
	return (text || "").split("\n")[0];
}

function makeRow(tell) {
	return (c) => {
		const tr = el("tr");
		tr.sev = el("td", { class: "case-sev" });
		tr.link = el("a", { href: "/c/" + c.number, class: "case-link" });
		tr.num = el("span", { class: "case-num" }, "#" + c.number);
		tr.detail = el("div", { class: "case-detail" });
		tr.who = el("div", { class: "soft small" });
		tr.age = el("td", { class: "case-age" });
		tr.acts = el("td", { class: "case-acts" });
		tr.buttons = {};
		for (const verb of Object.keys(verbWords)) {
			const b = el("button", { type: "button", class: verb === "take" ? "primary" : "",
				"aria-label": `${verbWords[verb]} case ${c.number}`,
				on: { click: () => act(tr, verb, tell) } }, verbWords[verb]);
			tr.buttons[verb] = b;
			tr.acts.append(b);
		}
		tr.append(tr.sev, el("td", { class: "case-main" }, tr.num, " ", tr.link, tr.detail, tr.who),
			tr.age, tr.acts);
		return tr;
	};
}

async function act(tr, verb, tell) {
	const number = tr.number;
	for (const b of Object.values(tr.buttons))
		b.setAttribute("aria-disabled", "true");
	try {
		const answer = await post(`/api/cases/${number}/${verb}`, {});
		tell.changed(answer.case);
		tell.say(answer.message || `Case ${number}: ${verbWords[verb]}`);
	} catch (e) {
		tell.fail(`Case ${number}: ${e.message}`);
	} finally {
		for (const b of Object.values(tr.buttons))
			b.removeAttribute("aria-disabled");
	}
}

// A row that moved takes its focus along; where the button that had it is
// gone now, what comes next is beside it.
function keepFocus(had) {
	const tr = had && had.closest("tr.case");
	const lost = document.activeElement === document.body || document.activeElement === null;
	if (!lost || !tr || !tr.isConnected)
		return;
	const next = had.hidden ? Object.values(tr.buttons).find((b) => !b.hidden) || tr.link : had;
	next.focus({ preventScroll: true });
}

function updateRow(tr, c) {
	const now = Date.now();
	tr.number = c.number;
	if (tr.dataset.sev !== c.severity) {
		tr.dataset.sev = c.severity;
		tr.sev.replaceChildren(severity(c));
	}
	setText(tr.link, c.subject || "(no subject)");
	setText(tr.detail, firstLine(c.detail));
	tr.detail.hidden = !c.detail;
	const about = [holder(c, now)];
	if (c.kind === "mail" && c.recipient)
		about.push("mail to " + shortName(c.recipient));
	else if (c.alerts > 1)
		about.push(c.firing + " of " + c.alerts + " alerts firing");
	if (c.pool)
		about.push(shortName(c.pool));
	setText(tr.who, about.join(" \u00b7 "));
	setText(tr.age, ago(c.state === "claimed" ? c.claimed_at : c.state === "closed" ? c.closed_at : c.opened_at, now));
	tr.age.title = new Date(c.opened_at).toLocaleString();
	const may = verbsFor(c);
	for (const [verb, b] of Object.entries(tr.buttons))
		b.hidden = !may.includes(verb);
	setClass(tr, "case case-" + c.state + " tone-" + (tones[c.severity] || "info"));
}

const groups = [
	["open", "Unclaimed", "Nothing waits for anybody.",
		(a, b) => b.level - a.level || a.opened_at - b.opened_at],
	["claimed", "Claimed", "Nobody holds a case.", (a, b) => a.claimed_at - b.claimed_at],
	["closed", "Closed in the last 24 hours", "Nothing was closed.", (a, b) => b.closed_at - a.closed_at],
];

export function casesPanel(tell) {
	const filter = el("input", { type: "search", placeholder: "Filter", "aria-label": "Filter cases" });
	const p = panel("Cases", filter);
	const all = new Map();
	const parts = {};
	const more = el("p", { class: "soft small" });
	const create = makeRow({ ...tell, changed: (c) => c && change(c) });
	const known = new Map();
	const make = (c) => {
		if (!known.has(c.number))
			known.set(c.number, create(c));
		return known.get(c.number);
	};

	for (const [state, title, nothing] of groups) {
		const rows = el("tbody");
		const head = el("h3", { class: "group-head" });
		const empty = el("p", { class: "soft empty" }, nothing);
		const table = el("table", { class: "cases" },
			el("caption", { class: "hidden-text" }, title),
			el("thead", { class: "hidden-text" }, el("tr", {},
				...["Severity", "Case", "Age", "Actions"].map((t) => el("th", { scope: "col" }, t)))),
			rows);
		const closed = state === "closed";
		const box = closed
			? el("details", { class: "group" }, el("summary", {}, head), empty, table)
			: el("div", { class: "group" }, head, empty, table);
		parts[state] = { rows, head, empty, table, title };
		p.body.append(box);
	}
	p.body.append(more);
	filter.addEventListener("input", draw);

	function matches(c) {
		const want = filter.value.trim().toLowerCase();
		return !want || [String(c.number), c.subject, c.detail, c.owner, c.recipient, c.pool, c.severity]
			.some((x) => (x || "").toLowerCase().includes(want));
	}

	function draw() {
		const had = document.activeElement;
		const shown = [...all.values()].filter(matches);
		for (const [state, title, , sort] of groups) {
			const g = parts[state];
			const rows = shown.filter((c) => c.state === state).sort(sort);
			keyed(g.rows, rows, (c) => c.number, make, updateRow);
			setText(g.head, `${title} (${rows.length})`);
			g.empty.hidden = rows.length > 0;
			g.table.hidden = rows.length === 0;
		}
		const open = [...all.values()].filter((c) => c.state === "open").length;
		keepFocus(had);
		document.title = (open ? `(${open}) ` : "") + "Muster";
	}

	function change(c) {
		const old = all.get(c.number);
		if (old && old.version > c.version)
			return;
		all.set(c.number, c);
		draw();
		if (!old && c.state === "open" && c.level >= 3)
			tell.shout(`New ${c.severity} case ${c.number}: ${c.subject}`);
	}

	return {
		box: p.box,
		change,
		draw,
		// One answer for each state, so that old ones do not crowd out new ones.
		show(answers) {
			all.clear();
			for (const answer of answers)
				for (const c of answer.cases)
					all.set(c.number, c);
			const n = answers[0].counts;
			const total = n.open + n.claimed + n.closed;
			more.hidden = all.size >= total;
			setText(more, `${all.size} of ${total} are shown, the oldest of each kind.`);
			draw();
		},
	};
}
