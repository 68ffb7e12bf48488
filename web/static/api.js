// SPDX-License-Identifier: MIT
// api.js - requests to the JSON API, as who is logged in

let session = null;

export class ApiError extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

function toLogin() {
	const here = location.pathname;
	location.href = "/login" + (here === "/" ? "" : "?next=" + encodeURIComponent(here));
	return new Promise(() => {}); // the page is gone
}

async function read(answer) {
	let body = {};
	try {
		body = await answer.json();
	} catch {
		body = {};
	}
	if (answer.ok)
		return body;
	const e = body.error || {};
	throw new ApiError(answer.status, e.code || "",
		e.message || "The server answered " + answer.status + ".");
}

async function send(path, options) {
	let answer;
	try {
		answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
	} catch {
		throw new ApiError(0, "offline", "Muster cannot be reached.");
	}
	if (answer.status === 401)
		return toLogin();
	return read(answer);
}

// What a page fetches by itself does not keep its user logged in.
export function get(path, byItself) {
	return send(path, { headers: byItself ? { "X-Muster-Auto": "1" } : {} });
}

export async function me(byItself) {
	session = await get("/api/session", byItself);
	return session;
}

export async function post(path, body) {
	const once = () => send(path, {
		method: "POST",
		headers: { "Content-Type": "application/json", "X-CSRF-Token": session.csrf },
		body: JSON.stringify(body || {}),
	});
	try {
		return await once();
	} catch (e) {
		if (e.code !== "csrf")
			throw e;
		await me(false); // logged in anew in another tab
		return once();
	}
}

export function mine() {
	return session;
}

export function mayAct(c) {
	const m = session;
	return m.admin || [c.owner, c.recipient, c.offered_to].includes(m.address) ||
		(c.pool ? m.pools.includes(c.pool) : m.operator);
}
