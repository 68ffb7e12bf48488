// SPDX-License-Identifier: MIT
// timeline.js - one case: what happened, who was chosen, who was not, and why

import { get, mayAct, mine, post } from "/static/api.js";
import { holder, severity } from "/static/cases.js";
import { el, panel, setText, shortName, time, when } from "/static/dom.js";

const stateWords = { open: "Unclaimed", claimed: "Claimed", closed: "Closed" };

function choiceTable(choice) {
	const rows = choice.candidates || [];
	const body = rows.map((c) => el("tr", { class: c.chosen ? "chosen" : "" },
		el("th", { scope: "row", title: c.person }, shortName(c.person), c.chosen ? " " : "",
			c.chosen ? el("span", { class: "tag tag-next" }, "chosen") : ""),
		el("td", {}, c.level), el("td", { class: "num" }, String(c.score)), el("td", {}, c.why)));
	return el("details", { class: "choice" },
		el("summary", {}, `${rows.length} ${rows.length === 1 ? "candidate" : "candidates"}, ranked`),
		choice.why ? el("p", { class: "soft small" }, choice.why) : "",
		el("div", { class: "scroll" }, el("table", { class: "ranked" },
			el("thead", {}, el("tr", {}, ...["Person", "Availability", "Score", "Why"].map(
				(t) => el("th", { scope: "col" }, t)))),
			el("tbody", {}, ...body))));
}

function entry(e) {
	const who = e.who ? el("strong", { title: e.who }, e.who === mine().address ? "you" : shortName(e.who)) : "";
	const head = el("div", { class: "step-head" }, time(e.at, when(e.at, true)),
		el("span", { class: "step-what" }, e.what), who,
		e.via ? el("span", { class: "soft small" }, "by " + e.via) : "");
	return el("li", { class: "step step-" + e.what.replace(/[^a-z]/g, "") }, head,
		e.why && e.why !== e.what ? el("p", { class: "step-why" }, e.why) : "", e.choice ? choiceTable(e.choice) : "");
}

function fact(name, ...value) {
	return [el("dt", {}, name), el("dd", {}, ...value)];
}

function facts(c) {
	const list = [];
	if (c.pool)
		list.push(...fact("Pool", c.pool));
	if (c.recipient)
		list.push(...fact("Recipient", c.recipient));
	if (c.room)
		list.push(...fact("Room", c.room));
	if (c.ladder)
		list.push(...fact("Ladder", `${c.ladder}, step ${c.step}` + (c.round ? `, round ${c.round + 1}` : "")));
	if (c.alerts)
		list.push(...fact("Alerts", `${c.firing} of ${c.alerts} firing`));
	list.push(...fact("Opened", time(c.opened_at, when(c.opened_at, true))));
	if (c.due && c.state !== "closed")
		list.push(...fact("Next step", time(c.due, when(c.due, true))));
	return el("dl", { class: "facts" }, ...list);
}

function button(word, fn, primary) {
	return el("button", { type: "button", class: primary ? "primary" : "", on: { click: fn } }, word);
}

function line(label, field, word, fn) {
	const id = "f" + Math.random().toString(36).slice(2);
	field.id = id;
	return el("form", { class: "act-line", on: { submit: (e) => {
		e.preventDefault();
		fn().then((good) => {
			if (good)
				e.target.reset();
		});
	} } }, el("label", { for: id }, label), field, el("button", { type: "submit" }, word));
}

function actions(c, act) {
	const box = el("div", { class: "acts" });
	if (c.state === "closed" || !mayAct(c)) {
		box.append(el("p", { class: "soft" }, c.state === "closed" ? "This case is closed."
			: `Members and leads of ${c.pool || "a pool"} can act on this case.`));
		return box;
	}
	const own = c.owner === mine().address;
	const first = el("div", { class: "act-row" });
	if (c.state === "open" || c.offered_to === mine().address) {
		const span = el("select", { "aria-label": "Acknowledge for" },
			...["15m", "30m", "1h", "4h"].map((s) => el("option", { value: s, selected: s === "30m" }, s)));
		first.append(button("Take", () => act("take"), true), el("span", { class: "joined" },
			button("Ack for", () => act("ack", { span: span.value })), span));
	}
	if (c.offered_to === mine().address)
		first.append(button("Decline", () => act("decline")));
	if (c.state === "claimed" && (own || mine().admin))
		first.append(button("Release", () => act("release")));
	if (first.childElementCount)
		box.append(first);
	const why = el("input", { type: "text", maxlength: "500", autocomplete: "off", placeholder: "optional" });
	const note = el("input", { type: "text", maxlength: "2000", autocomplete: "off", required: true });
	box.append(line("Note", note, "Add note", () => act("note", { text: note.value })));
	if (own) {
		const to = el("input", { type: "text", inputmode: "email", required: true, autocomplete: "off",
			placeholder: "bob@example.org", list: "members" });
		box.append(line("Give to", to, "Offer", () => act("give", { other: to.value })));
	}
	box.append(line("Close, because", why, "Done", () => act("done", { text: why.value })));
	return box;
}

export function casePage(main, number, tell) {
	const title = el("h1", { tabindex: "-1" });
	const sub = el("p", { class: "case-sub" });
	const detail = el("p", { class: "case-text" });
	const left = panel("Timeline");
	const right = panel("Actions");
	const about = panel("About");
	const members = el("datalist", { id: "members" });
	const list = el("ol", { class: "steps" });
	let shown = null;

	left.body.append(list);
	main.append(el("div", { class: "case-head" }, el("a", { href: "/", class: "back" }, "All cases"),
		title, sub, detail), el("div", { class: "cols" }, left.box,
		el("div", { class: "side" }, right.box, about.box)), members);

	async function act(verb, body) {
		try {
			const answer = await post(`/api/cases/${number}/${verb}`, body);
			tell.say(answer.message || "Done.");
			await load(false);
			return true;
		} catch (e) {
			tell.fail(e.message);
			return false;
		}
	}

	function draw(answer) {
		const c = answer.case;
		const key = [c.state, c.owner, c.offered_to].join("|");
		setText(title, `#${c.number} ${c.subject}`);
		sub.replaceChildren(severity(c), el("span", { class: "state state-" + c.state }, stateWords[c.state]),
			el("span", {}, holder(c, answer.now)));
		setText(detail, c.detail || "");
		detail.hidden = !c.detail;
		document.title = `#${c.number} - Muster`;
		// What somebody types stays while only quiet things change.
		if (shown !== key)
			right.body.replaceChildren(actions(c, act));
		shown = key;
		about.body.replaceChildren(facts(c));
		const open = new Set([...list.querySelectorAll("details[open]")].map((d) => d.dataset.seq));
		list.replaceChildren(...answer.timeline.map((e) => {
			const li = entry(e);
			const d = li.querySelector("details");
			if (d) {
				d.dataset.seq = String(e.seq);
				d.open = open.has(d.dataset.seq);
			}
			return li;
		}));
	}

	async function load(byItself) {
		try {
			draw(await get(`/api/cases/${number}`, byItself));
		} catch (e) {
			if (shown === null) {
				setText(title, "No such case");
				main.replaceChildren(el("div", { class: "case-head" },
					el("a", { href: "/", class: "back" }, "All cases"), title,
					el("p", { class: "soft" }, `Case ${number} is not there, was closed long ago, or is not yours to see.`)));
			} else {
				tell.fail(e.message);
			}
		}
	}

	async function loadMembers() {
		const who = await get("/api/who", true);
		const all = new Set(who.pools.flatMap((p) => (p.members || []).map((m) => m.address)));
		members.replaceChildren(...[...all].map((a) => el("option", { value: a })));
	}

	load(false);
	if (mine().operator)
		loadMembers().catch(() => {});
	return (kind, data) => {
		if (kind === "reset" || (kind === "case" && data.number === number))
			load(true);
	};
}
