// SPDX-License-Identifier: MIT
// invite.js - what stands behind the # of an invitation's link (XEP-0379 3.3)
//
// The server never sees it.  Anything but an invitation is not made a link.

const INVITATION =
	/^xmpp:([^?#\s<>"]+)\?(register|roster);preauth=([0-9A-Za-z]{8,128})(;ibr=y)?$/;

function element(id) {
	return document.getElementById(id);
}

function show() {
	const uri = location.hash.slice(1);
	const found = INVITATION.exec(uri);

	element("open").hidden = element("else").hidden = !found;
	if (!found)
		return;
	let address = found[1];
	try {
		address = decodeURIComponent(address);
	} catch {
		// shown as it stands
	}
	const roster = found[2] === "roster";
	element("what").textContent = roster
		? `${address} has invited you to chat`
		: `You are invited to an account: ${address}`;
	element("how").textContent = roster && !found[4]
		? "Open it with the chat program you have an account in."
		: "Open it with your chat program: it makes the account too.";
	element("link").href = uri;
	document.title = element("what").textContent;
}

addEventListener("hashchange", show);
show();
