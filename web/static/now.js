// SPDX-License-Identifier: MIT
// now.js - is everything working: one line per concern, worst first

import { el, icon, keyed, panel, setText, when } from "/static/dom.js";

const words = { ok: "Good", warn: "Look", bad: "Bad" };
const order = { bad: 0, warn: 1, ok: 2 };

export function nowPanel() {
	const p = panel("Now");
	const list = el("ul", { class: "concerns" });
	const facts = el("p", { class: "soft small" });
	p.body.append(list, facts);

	function make() {
		const li = el("li");
		li.iconBox = el("span", { class: "concern-icon" });
		li.word = el("span", { class: "concern-word" });
		li.name = el("span", { class: "concern-name" });
		li.say = el("span", { class: "concern-text" });
		li.append(li.iconBox, li.word, li.name, li.say);
		return li;
	}

	function update(li, c) {
		const state = words[c.state] ? c.state : "warn";
		if (li.dataset.state !== state) {
			li.dataset.state = state;
			li.className = "concern concern-" + state;
			li.iconBox.replaceChildren(icon(state));
		}
		setText(li.word, words[state]);
		setText(li.name, c.name);
		setText(li.say, c.text);
	}

	return {
		box: p.box,
		show(status) {
			const rows = status.concerns.slice().sort((a, b) => order[a.state] - order[b.state] || (a.name < b.name ? -1 : 1));
			keyed(list, rows, (c) => c.name, make, update);
			const said = [];
			if (status.connections !== undefined)
				said.push(status.connections + (status.connections === 1 ? " connection" : " connections"));
			if (status.config_version)
				said.push("configuration " + status.config_version);
			if (status.started_at)
				said.push("running since " + when(status.started_at));
			facts.hidden = said.length === 0;
			setText(facts, said.join(" \u00b7 "));
		},
	};
}
