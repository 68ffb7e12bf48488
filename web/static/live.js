// SPDX-License-Identifier: MIT
// live.js - one event stream per browser, shared by its tabs
//
// The tab that holds the lock has the stream and tells the others.  Without
// locks each tab has its own.

import { me } from "/static/api.js";

const kinds = ["person", "case", "mail", "alert", "reset", "hello"];

export function live(onEvent, onState) {
	const channel = "BroadcastChannel" in window ? new BroadcastChannel("muster") : null;
	let paused = false;
	let queue = [];
	let state = "connecting";
	let leads = false;

	function hand(kind, data) {
		if (paused && kind !== "reset")
			queue.push([kind, data]);
		else if (paused)
			queue = [["reset", null]];
		else
			onEvent(kind, data);
		if (queue.length > 2000)
			queue = [["reset", null]];
	}

	function setState(s) {
		state = s;
		onState(s);
	}

	function tell(message) {
		if (channel && leads)
			channel.postMessage(message);
	}

	function arrived(kind, text) {
		const data = kind === "reset" || kind === "hello" ? null : JSON.parse(text);
		const name = kind === "hello" ? "reset" : kind;
		hand(name, data);
		tell({ kind: name, data });
	}

	function open() {
		const source = new EventSource("/api/events");
		leads = true;
		for (const kind of kinds)
			source.addEventListener(kind, (e) => arrived(kind, e.data));
		source.onopen = () => {
			setState("live");
			tell({ state: "live" });
		};
		source.onerror = () => {
			setState("lost");
			tell({ state: "lost" });
			if (source.readyState !== EventSource.CLOSED)
				return;
			setTimeout(() => me(true).then(open, open), 5000);
		};
	}

	if (channel) {
		channel.onmessage = (e) => {
			const m = e.data;
			if (m.ask)
				tell({ state });
			else if (m.state && !leads)
				setState(m.state);
			else if (m.kind && !leads)
				hand(m.kind, m.data);
		};
		channel.postMessage({ ask: true });
	}
	if (channel && navigator.locks)
		navigator.locks.request("muster-events", () => new Promise(open));
	else
		open();

	return {
		pause(on) {
			const waiting = queue;
			paused = on;
			if (on)
				return;
			queue = [];
			for (const [kind, data] of waiting)
				onEvent(kind, data);
		},
		waiting: () => queue.length,
	};
}
