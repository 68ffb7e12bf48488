// SPDX-License-Identifier: MIT
// mail.js - mail that waits to be read

import { get, mine } from "/static/api.js";
import { ago, el, keyed, panel, setText, shortName, when } from "/static/dom.js";

function makeRow() {
	const tr = el("tr");
	tr.fields = {};
	for (const name of ["state", "from", "rcpt", "chosen", "age", "deadline", "why"]) {
		const td = el(name === "state" ? "th" : "td", name === "state" ? { scope: "row" } : {});
		tr.fields[name] = td;
		tr.append(td);
	}
	tr.link = el("a", {});
	tr.append(el("td", {}, tr.link));
	return tr;
}

function updateRow(tr, m) {
	const now = Date.now();
	setText(tr.fields.state, m.state);
	setText(tr.fields.from, m.from || "");
	setText(tr.fields.rcpt, m.rcpt || "");
	setText(tr.fields.chosen, shortName(m.chosen));
	tr.fields.chosen.title = m.chosen || "";
	setText(tr.fields.age, ago(m.received_at, now));
	const late = m.deadline_at && m.deadline_at < now;
	setText(tr.fields.deadline, m.deadline_at ? (late ? "late since " : "") + when(m.deadline_at) : "none");
	tr.fields.deadline.className = late ? "is-bad" : "";
	setText(tr.fields.why, m.why || "");
	setText(tr.link, m.case ? "#" + m.case : "");
	tr.link.hidden = !m.case;
	if (m.case)
		tr.link.href = "/c/" + m.case;
}

export function mailPage(main, tell) {
	const all = el("select", { "aria-label": "Which mail" },
		el("option", { value: "1" }, "waiting to be read"), el("option", { value: "" }, "all"));
	const p = panel("Mail", all);
	const rows = el("tbody");
	const head = ["State", "From", "To", "Chosen", "Age", "Read by", "Why", "Case"];
	const table = el("div", { class: "scroll" }, el("table", { class: "mails" },
		el("caption", { class: "hidden-text" }, "Mail"),
		el("thead", {}, el("tr", {}, ...head.map((t) => el("th", { scope: "col" }, t)))), rows));
	const empty = el("p", { class: "soft empty" });
	const more = el("p", { class: "soft small" }, "The first 200 are shown.");
	p.body.append(empty, table, more);
	main.append(el("h1", { class: "hidden-text" }, "Mail"), p.box);
	table.hidden = more.hidden = true;
	if (!mine().admin) {
		all.hidden = true;
		setText(empty, "Who writes to whom is for administrators to see. Mail that waits for you is among the cases.");
		return () => {};
	}

	async function load(byItself) {
		try {
			const answer = await get("/api/mails" + (all.value ? "?watched=1" : ""), byItself);
			keyed(rows, answer.mails, (m) => m.id, makeRow, updateRow);
			table.hidden = answer.mails.length === 0;
			empty.hidden = answer.mails.length > 0;
			more.hidden = !answer.more;
			setText(empty, all.value ? "No mail waits to be read." : "There was no mail yet.");
		} catch (e) {
			tell.fail(e.message);
		}
	}

	all.addEventListener("change", () => load(false));
	load(false);
	return (kind) => {
		if (kind === "reset" || kind === "mail")
			load(true);
	};
}
