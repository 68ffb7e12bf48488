// SPDX-License-Identifier: MIT
// dom.js - elements, icons, times.  Text goes in as text nodes and nothing
// else: there is no way from here to markup.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, props, ...children) {
	const e = document.createElement(tag);
	for (const [key, value] of Object.entries(props || {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (key === "on")
			for (const [name, fn] of Object.entries(value))
				e.addEventListener(name, fn);
		else if (key === "class")
			e.className = value;
		else
			e.setAttribute(key, value === true ? "" : value);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined));
	return e;
}

export function setText(e, text) {
	if (e.textContent !== text)
		e.textContent = text;
}

export function setClass(e, name) {
	if (e.className !== name)
		e.className = name;
}

// Shapes differ, not only colours (WCAG 1.4.1).
const shapes = {
	ok: ["M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z", "M4.8 8.2l2.2 2.2 4.2-4.6"],
	warn: ["M8 1.5L15 14.5H1z", "M8 6v4M8 12.1v.3"],
	bad: ["M5 1h6l4 4v6l-4 4H5l-4-4V5z", "M5.5 5.5l5 5M10.5 5.5l-5 5"],
	info: ["M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z",
		"M8 7v4.5M8 4.2v.3"],
};

export function icon(name) {
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("width", "16");
	svg.setAttribute("height", "16");
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", "icon icon-" + name);
	shapes[name].forEach((d, i) => {
		const path = document.createElementNS(SVG, "path");
		path.setAttribute("d", d);
		path.setAttribute("class", i === 0 ? "icon-fill" : "icon-line");
		svg.append(path);
	});
	return svg;
}

// Rows keep their elements, so that what has the focus keeps it when others
// come and go (WCAG 2.4.11).
export function keyed(parent, items, keyOf, make, update) {
	const had = document.activeElement;
	const old = parent.keyedRows || new Map();
	const now = new Map();
	let at = parent.firstElementChild;
	for (const item of items) {
		const key = keyOf(item);
		const row = old.get(key) || make(item);
		update(row, item);
		now.set(key, row);
		if (row === at)
			at = at.nextElementSibling;
		else
			parent.insertBefore(row, at);
	}
	for (const [key, row] of old)
		if (!now.has(key) && row.parentNode === parent)
			row.remove();
	parent.keyedRows = now;
	if (had !== document.activeElement && had && had.isConnected)
		had.focus({ preventScroll: true });
}

// The zone of the browser; the foot of the page names it.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const precise = new Intl.DateTimeFormat(undefined,
	{ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function zone() {
	const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const off = -new Date().getTimezoneOffset();
	const sign = off < 0 ? "\u2212" : "+";
	const h = Math.floor(Math.abs(off) / 60);
	const m = String(Math.abs(off) % 60).padStart(2, "0");
	return `Times in ${name} (UTC${sign}${h}${m === "00" ? "" : ":" + m})`;
}

function sameDay(a, b) {
	return a.toDateString() === b.toDateString();
}

export function when(ms, withSeconds) {
	if (!ms)
		return "";
	const t = new Date(ms);
	const text = (withSeconds ? precise : clock).format(t);
	return sameDay(t, new Date()) ? text : day.format(t) + " " + text;
}

export function ago(ms, now) {
	const s = Math.max(0, Math.round((now - ms) / 1000));
	if (!ms)
		return "";
	if (s < 60)
		return s < 5 ? "now" : s + " s";
	if (s < 5400)
		return Math.round(s / 60) + " min";
	if (s < 129600)
		return Math.round(s / 3600) + " h";
	return Math.round(s / 86400) + " days";
}

export function time(ms, text) {
	return el("time", { datetime: new Date(ms).toISOString(),
		title: new Date(ms).toLocaleString() }, text);
}

export function shortName(address) {
	const at = (address || "").indexOf("@");
	return at > 0 ? address.slice(0, at) : address || "";
}

export function person(address, me) {
	return el("span", { title: address },
		address && address === me ? "you" : shortName(address));
}

export function panel(title, extra) {
	const head = el("div", { class: "panel-head" }, el("h2", {}, title));
	if (extra)
		head.append(extra);
	const body = el("div", { class: "panel-body" });
	const box = el("section", { class: "panel", "aria-label": title }, head, body);
	return { box, head, body };
}
