// SPDX-License-Identifier: MIT
// app.js - which page this is, what is said at its top, and what keeps it live

import { get, me, mine, post } from "/static/api.js";
import { peoplePanel } from "/static/board.js";
import { casesPanel } from "/static/cases.js";
import { el, setText, when, zone } from "/static/dom.js";
import { live } from "/static/live.js";
import { mailPage } from "/static/mail.js";
import { nowPanel } from "/static/now.js";
import { casePage } from "/static/timeline.js";

const main = document.getElementById("main");
const banners = document.getElementById("banners");
const toasts = document.getElementById("toasts");
const stateWords = { connecting: "Connecting", live: "Live", lost: "Reconnecting", paused: "Paused" };
const WARN_BEFORE = 120000;

function banner(place, id, tone, text, ...buttons) {
	let box = document.getElementById(id);
	if (!box) {
		box = el("div", { id, class: "banner banner-" + tone });
		place.append(box);
	}
	box.replaceChildren(el("span", {}, text), ...buttons);
	return box;
}

function unbanner(id) {
	const box = document.getElementById(id);
	if (box)
		box.remove();
}

function sentence(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function close(id) {
	return el("button", { type: "button", on: { click: () => unbanner(id) } }, "Close");
}

const tell = {
	say(text) {
		document.getElementById("say").textContent = text;
		unbanner("failed");
		banner(toasts, "said", "ok", sentence(text), close("said"));
		clearTimeout(tell.timer);
		tell.timer = setTimeout(() => unbanner("said"), 8000);
	},
	fail(text) {
		unbanner("said");
		banner(toasts, "failed", "bad", sentence(text), close("failed"));
		document.getElementById("shout").textContent = text;
	},
	shout(text) {
		document.getElementById("shout").textContent = text;
	},
};

// At most once in a while, however much happens.
function calm(fn, ms) {
	let timer = null;
	let again = false;
	return () => {
		if (timer) {
			again = true;
			return;
		}
		fn();
		timer = setTimeout(function tick() {
			timer = null;
			if (again) {
				again = false;
				fn();
				timer = setTimeout(tick, ms);
			}
		}, ms);
	};
}

function nowPage() {
	const now = nowPanel();
	const people = peoplePanel();
	const cases = casesPanel(tell);
	main.append(el("h1", { class: "hidden-text" }, "Now"), el("div", { class: "cols" }, cases.box,
		el("div", { class: "side" }, now.box, people.box)));

	const failed = (e) => tell.fail(e.message);
	const loadStatus = (auto) => get("/api/status", auto).then((s) => {
		now.show(s);
		setText(document.getElementById("version"), "Muster " + s.version);
	}, failed);
	const loadWho = (auto) => get("/api/who", auto).then(people.show, failed);
	const loadCases = (auto) => Promise.all(["open", "claimed", "closed"].map(
		(state) => get("/api/cases?state=" + state, auto))).then(cases.show, failed);
	const statusSoon = calm(() => loadStatus(true), 3000);
	const whoSoon = calm(() => loadWho(true), 3000);

	loadStatus(false);
	loadWho(false);
	loadCases(false);
	setInterval(() => cases.draw(), 30000);
	setInterval(statusSoon, 60000);
	return (kind, data) => {
		if (kind === "reset") {
			loadStatus(true);
			loadWho(true);
			loadCases(true);
		} else if (kind === "case") {
			cases.change(data);
			statusSoon();
			whoSoon();
		} else if (kind === "person") {
			people.person(data);
			statusSoon();
			whoSoon();
		}
	};
}

function plainPage() {
	main.append(el("div", { class: "panel lonely" }, el("h1", {}, "Nothing to watch"),
		el("p", {}, "You are in no pool, so there is nothing for you to watch here."),
		el("p", { class: "soft" }, "An administrator can add you to a pool. A case that concerns you opens by the link you were sent.")));
	return () => {};
}

function markPage(name) {
	for (const a of document.querySelectorAll("nav a"))
		if (a.dataset.page === name)
			a.setAttribute("aria-current", "page");
}

function openPage() {
	const found = /^\/c\/(\d+)$/.exec(location.pathname);
	if (found)
		return casePage(main, Number(found[1]), tell);
	if (location.pathname === "/mail") {
		markPage("mail");
		return mailPage(main, tell);
	}
	markPage("now");
	return mine().operator ? nowPage() : plainPage();
}

// Time to act before a log-in ends (WCAG 2.2.1).
function watchLogin() {
	const left = mine().ends - Date.now();
	if (left > WARN_BEFORE) {
		unbanner("ends");
		setTimeout(async () => {
			await me(true).catch(() => {});
			watchLogin();
		}, Math.min(left - WARN_BEFORE, 600000));
		return;
	}
	if (left <= 0) {
		location.reload();
		return;
	}
	const last = mine().ends >= mine().ends_at_last;
	const stay = el("button", { type: "button", on: { click: async () => {
		await me(false).catch(() => {});
		watchLogin();
	} } }, "Stay logged in");
	const text = last ? `Your log-in ends at ${when(mine().ends)}. Log in again then.`
		: `You will be logged out at ${when(mine().ends)}, since the page was not used.`;
	if (!document.getElementById("ends"))
		tell.shout(text);
	banner(banners, "ends", "warn", text, ...(last ? [] : [stay]));
	setTimeout(watchLogin, 15000);
}

function setUp(stream) {
	const pause = document.getElementById("pause");
	let paused = false;
	pause.addEventListener("click", () => {
		paused = !paused;
		pause.setAttribute("aria-pressed", String(paused));
		setText(pause, paused ? "Resume" : "Pause");
		stream.pause(paused);
		showState(paused ? "paused" : "live");
	});
	document.getElementById("logout").addEventListener("click", async () => {
		await post("/api/logout").catch(() => {});
		location.href = "/login";
	});
}

function showState(state) {
	const box = document.getElementById("live");
	box.className = "live live-" + state;
	setText(document.getElementById("live-word"), stateWords[state]);
}

async function begin() {
	try {
		await me(false);
	} catch (e) {
		tell.fail(e.message);
		return;
	}
	setText(document.getElementById("me"), mine().address);
	setText(document.getElementById("zone"), zone());
	const onEvent = openPage();
	if (mine().operator)
		setUp(live(onEvent, showState));
	else
		setUp({ pause() {} });
	document.getElementById("pause").hidden = !mine().operator;
	document.getElementById("live").hidden = !mine().operator;
	watchLogin();
}

begin();
