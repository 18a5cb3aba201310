/* SPDX-License-Identifier: BSD-2-Clause */
"use strict";
/*
 * Shows the JSON that the page carries.  Whatever comes from it becomes text of an element and
 * nothing else: no markup, attribute or address is made of it, and classes are only our words.
 */
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report || data; /* an appraisal is about one */
const main = document.getElementById("main");
const CHUNK = 100; /* records that are made at once, when they come into sight */
const TICKS = 96; /* of a chain; more records share one */

/* As the terminal shows them (tools/escape.c), and what only browsers do not show. */
const UNSAFE = new RegExp("[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4" +
	"\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff" +
	"\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff\\ud800-\\udfff\\u{e0000}-\\u{e0fff}]", "gu");
const clean = (s) => String(s).replace(UNSAFE, (c) => {
	const n = c.codePointAt(0);
	return n < 0x80 ? "\\x" + n.toString(16).padStart(2, "0") :
		"\\u{" + n.toString(16).toUpperCase().padStart(4, "0") + "}";
});

function el(tag, names, ...inside) {
	const e = document.createElement(tag);
	if (names)
		e.className = names;
	for (const one of inside)
		if (one instanceof Node)
			e.append(one);
		else if (one !== null && one !== undefined && one !== "")
			e.append(document.createTextNode(clean(one)));
	return e;
}

const said = (text, names) => el("span", "said " + (names || ""), text);
const plural = (n, word) => n.toLocaleString("en") + " " + word + (n === 1 ? "" : "s");

/* The beginning of a value; where it only differs from the other further on, that place. */
function short(hex, other) {
	let at = 0;
	while (other && at < hex.length && hex[at] === other[at])
		at++;
	if (at < 16 || at >= hex.length)
		at = 4;
	return (at > 4 ? "…" : "") + hex.slice(at - 4, at + 12) + (at + 12 < hex.length ? "…" : "");
}

const section = (title, more, ...inside) =>
	el("section", "", el("h2", "", title, more ? el("small", "", more) : ""), ...inside);

function button(text, act) {
	const b = el("button", "", text);
	b.type = "button";
	b.addEventListener("click", act);
	return b;
}

function values(pairs) {
	const box = el("div", "values");
	for (const [key, value] of pairs)
		if (value !== null && value !== undefined)
			box.append(el("div", "", el("span", "key", key), said(value, "hex")));
	return box;
}

/* ---- records */

/* In the order in which they are offered; what each means stands in the legend too. */
const STATES = {
	denied: ["✗", "denied"],
	mismatch: ["✗", "text is not what was measured"],
	unknown: ["?", "not known"],
	known: ["✓", "known"],
	proven: ["✓", "proven, and its text bound"],
	unbound: ["·", "proven, its text is only claimed"],
	claimed: ["○", "not proven"],
	aside: ["–", "not measured"],
};

function state(e) {
	if (e.appraised === "denied")
		return "denied";
	if (!e.measured)
		return "aside";
	if (e.binding === "mismatch")
		return "mismatch";
	if (e.appraised === "known" || (e.appraised === "unknown" && e.proven))
		return e.appraised;
	if (!e.proven)
		return "claimed";
	return e.binding === "bound" ? "proven" : "unbound";
}

const textOf = (e) => e.trusted_text !== null && e.trusted_text !== undefined ? e.trusted_text : e.text;
const typeOf = (e) => e.type !== null ? e.type : e.type_id !== null ? "0x" + e.type_id.toString(16) : "by name";

/* The longest: what a person compares. */
function digestOf(e) {
	let best = "";
	for (const hex of Object.values(e.digests))
		if (hex.length > best.length)
			best = hex;
	return e.measured ? best : "";
}

function body(e) {
	const path = report.logs[e.log] ? report.logs[e.log].path : null;
	const box = el("div", "body", el("p", "", STATES[state(e)][1] + (e.rule ? " by " + e.rule : "") +
		(e.appraised && e.trusted_text === null ? "; its text is only claimed." : ".")));
	if (e.by)
		box.append(el("p", "", e.appraised + " by " + e.by.kind + ": ", said([e.by.list, e.by.name].filter(Boolean).join(": "))));
	box.append(values([["log", path], ["record", e.record], ["offset", e.offset],
		...Object.entries(e.digests), ["text", textOf(e)],
		["as logged", e.trusted_text !== null && e.trusted_text !== e.text ? e.text : null]]));
	if (e.details && Object.keys(e.details).length)
		box.append(el("pre", "said", ...pretty(JSON.stringify(e.details, null, 2))));
	if (e.data)
		box.append(el("pre", "said hex", e.data));
	return box;
}

/* Line breaks that are ours stay. */
function pretty(text) {
	const lines = [];
	for (const line of text.split("\n")) {
		if (lines.length)
			lines.push(document.createElement("br"));
		const indent = line.length - line.trimStart().length;
		lines.push(document.createTextNode("\u00a0".repeat(indent) + clean(line.slice(indent))));
	}
	return lines;
}

function row(e) {
	const now = state(e), mark = el("span", "mark", STATES[now][0]);
	const d = el("details", "row " + now, el("summary", "", mark, said(e.record, "rec"),
		said(e.register || "-", "name"), said(typeOf(e).replace(/^EV_/, ""), "type"),
		said(digestOf(e).slice(0, 12) || "-", "digest"), said(textOf(e), e.trusted_text === null ? "text claim" : "text")));
	mark.title = STATES[now][1];
	mark.setAttribute("role", "img");
	mark.setAttribute("aria-label", STATES[now][1]);
	d.addEventListener("toggle", () => {
		if (d.open && d.children.length < 2)
			d.append(body(e));
	});
	return d;
}

/* Chunks that are made when they come near, so that any number of records scrolls. */
function list(box, events) {
	const fill = (chunk) => {
		if (chunk.firstChild)
			return;
		const at = chunks.indexOf(chunk) * CHUNK;
		chunk.style.minHeight = "";
		chunk.append(...events.slice(at, at + CHUNK).map(row));
	};
	const watch = new IntersectionObserver((seen) => {
		for (const one of seen)
			if (one.isIntersecting) {
				watch.unobserve(one.target);
				fill(one.target);
			}
	}, { rootMargin: "1500px" });
	const chunks = [];
	for (let at = 0; at < events.length; at += CHUNK) {
		const n = Math.min(CHUNK, events.length - at), chunk = el("div", "chunk");
		chunk.style.minHeight = chunk.style.containIntrinsicHeight = n * 31 + "px";
		chunks.push(chunk);
	}
	box.replaceChildren(...chunks);
	if (!chunks.length)
		box.append(el("p", "none", "No record is so."));
	chunks.forEach((chunk) => watch.observe(chunk));
	return { all: () => chunks.forEach(fill), stop: () => watch.disconnect() };
}

function option(select, value, text) {
	const o = el("option", "", text);
	o.value = value;
	select.append(o);
}

function records(events) {
	const search = el("input"), regs = el("select"), states = el("select");
	const count = el("span", "dim"), box = el("div", "card events");
	const legend = el("p", "legend"), names = new Map(), of = new Map();
	let shown = null;

	for (const e of events) {
		names.set(e.register, (names.get(e.register) || 0) + 1);
		of.set(state(e), (of.get(state(e)) || 0) + 1);
	}
	search.type = "search";
	search.placeholder = "Search text, type, digest";
	search.setAttribute("aria-label", search.placeholder);
	regs.setAttribute("aria-label", "Register");
	states.setAttribute("aria-label", "State");
	option(regs, "", "all registers");
	const order = [...names.keys()];
	order.forEach((name, i) => option(regs, String(i + 1), (name || "of no register") + " (" + names.get(name) + ")"));
	option(states, "", "all states");
	for (const [key, [mark, words]] of Object.entries(STATES))
		if (of.has(key)) {
			option(states, key, mark + " " + words + " (" + of.get(key) + ")");
			legend.append(el("span", key, el("span", "mark", mark), " " + words));
		}

	function apply() {
		const want = search.value.trim().toLowerCase();
		const found = events.filter((e) =>
			(!regs.value || e.register === order[regs.value - 1]) &&
			(!states.value || state(e) === states.value) &&
			(!want || clean(textOf(e)).toLowerCase().includes(want) ||
			 clean(e.text).toLowerCase().includes(want) ||
			 clean(typeOf(e)).toLowerCase().includes(want) ||
			 Object.values(e.digests).some((hex) => hex.includes(want))));
		if (shown)
			shown.stop();
		shown = list(box, found);
		count.textContent = found.length === events.length ? plural(events.length, "record") :
			found.length.toLocaleString("en") + " of " + plural(events.length, "record");
	}

	let timer = 0;
	search.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(apply, 120);
	});
	regs.addEventListener("change", apply);
	states.addEventListener("change", apply);
	addEventListener("beforeprint", () => shown.all());
	apply();
	const all = section("Records", "", el("div", "tools", search, regs, states, count), legend, box);
	const go = (name) => {
		regs.value = String(order.indexOf(name) + 1);
		states.value = search.value = "";
		apply();
		all.scrollIntoView();
		regs.focus({ preventScroll: true });
	};
	return { all, go };
}

/* ---- registers */

const STATUS = {
	"verified": ["good", "The log explains this value, all of it"],
	"equal": ["good", "The value is the one that was asked for"],
	"untouched": ["", "Nothing was measured into it"],
	"incomplete": ["open", "Explained or vouched for only in part"],
	"mismatch": ["bad", "This is not the value that it should be"],
	"no-evidence": ["open", "Nobody says what its value is"],
};
const TRUST = {
	authenticated: "signed by whom you trust", signed: "signed, by keys anybody may have made",
	unsigned: "not signed", live: "as this machine's kernel shows it", given: "given by hand",
};

/* Of an appraisal: how many records of each register are known. */
const counts = new Map(data.report ? data.registers.map((r) => [r.name + ":" + r.alg, r]) : []);

const ofRegister = (r) => {
	const bare = r.provider && r.name.startsWith(r.provider + "/") ? r.name.slice(r.provider.length + 1) : r.name;
	return (e) => e.measured && (e.register === r.name || e.register === bare);
};

function ticks(events) {
	const order = Object.keys(STATES), line = el("span", "links");
	const n = Math.min(TICKS, events.length);
	for (let i = 0; i < n; i++) {
		let worst = order.length;
		const from = Math.floor(i * events.length / n), to = Math.floor((i + 1) * events.length / n);
		for (let k = from; k < to; k++)
			worst = Math.min(worst, order.indexOf(state(events[k])));
		line.append(el("i", order[worst]));
	}
	return line;
}

function chain(r, events) {
	const line = el("span", "chain"), wanted = r.reference ? r.reference.values : [];
	const tone = (STATUS[r.status] || [""])[0], is = r.expected;
	const relation = (same) => is !== null && line.append(el("span", "dim", same ? "=" : "≠"));
	if (r.replayed !== null) {
		line.append(said(r.anchor || "?", "node"), ticks(events), said(short(r.replayed, is), "node hex"));
		relation(r.replayed === is);
	}
	line.append(said(is === null ? "no value" : short(is, r.replayed !== null && r.replayed !== is ?
		r.replayed : wanted[0]), "node hex " + tone));
	if (wanted.length) {
		relation(wanted.includes(is));
		line.append(el("span", "dim", "asked for"), said(short(wanted[0], is), "node hex"));
	}
	return line;
}

function notes(r) {
	const ul = el("ul");
	for (const g of r.gaps || [])
		ul.append(el("li", "", "gap ", said(g.kind), g.record !== null ? " at record " + g.record : "",
			g.allowed ? ", which was allowed" : ""));
	for (const x of r.explain || [])
		ul.append(el("li", "", x.would_match ? el("b", "", "the value follows if: ") : "",
			said(x.text), el("span", "dim", " (" + x.id + ")")));
	return ul;
}

function register(r, events, go) {
	const [tone, words] = STATUS[r.status] || ["open", ""];
	const own = (events || []).filter(ofRegister(r)), n = plural(r.events, "record");
	const sums = counts.get(r.name + ":" + r.alg);
	const top = el("div", "top", said(r.name, "name"), el("span", "tag " + tone, r.status),
		sums && r.events ? el("span", "tag " + (sums.denied ? "bad" : sums.unknown ? "open" : "good"),
			sums.denied ? sums.denied + " denied" : sums.unknown ? sums.unknown + " not known" : "all known") : "", said(r.alg || "value", "dim"),
		r.role ? said(r.role, "dim") : "", own.length && go ? button(n, () => go(own[0].register)) : el("span", "dim", n));
	const ul = notes(r), wanted = r.reference ? r.reference.values : [];
	return el("div", "reg", top, el("p", "dim", words + (r.trust ? "; " + (TRUST[r.trust] || r.trust) : "") + "."),
		ul.firstChild ? ul : "", el("details", "", el("summary", "", chain(r, own)),
			values([["from the log", r.replayed], ["in the register", r.expected],
				...wanted.map((v) => ["asked for", v])])));
}

function registers(all, events, go) {
	const asked = all.filter((r) => r.asked || r.status === "mismatch"), rest = all.filter((r) => !asked.includes(r));
	const box = el("div", "card");
	box.append(...asked.map((r) => register(r, events, go)));
	if (rest.length) {
		const more = el("details", "more", el("summary", "", plural(rest.length, "more register") + ", not asked about"));
		more.append(...rest.map((r) => register(r, events, go)));
		box.append(more);
	}
	return section("Registers", asked.length ? "" : "none was asked about", box);
}

/* ---- why, by whom */

const BECAUSE = {
	"untrusted": "whoever vouches for it is not trusted enough", "nonce": "the nonce is not the one asked for",
	"gap": "something is missing between log and value", "not-covered": "the evidence does not cover it",
	"nothing-asked": "nothing was asked", "reference": "it is not the value that was asked for",
	"claim": "a claim of the evidence is not as asked", "unknown": "a record is not known", "denied": "a record is denied",
	"lacking": "what a list demands is not there",
};
const LAUNCH = "nobody has said which firmware it must be, so the rest can have been extended by any";

const finding = (f) => el("li", "", el("b", "", f.severity + " "),
	f.record !== null ? "record " + f.record + ": " : "", said(f.text), el("span", "dim", " (" + f.id + ")"));

/* One line for all that have the same reason. */
function reasons(because, unpinned) {
	const of = new Map();
	for (const b of because) {
		const words = b.not_checked ? "must be checked, and was not" :
			b.kind === "gap" && unpinned.has(b.register) ? LAUNCH : BECAUSE[b.kind] || b.kind;
		of.set(words, [...of.get(words) || [], b.register || b.claim || b.not_checked].filter(Boolean));
	}
	return [...of].map(([words, what]) =>
		el("li", "", said(what.join(", "), "name"), what.length ? ": " : "", words));
}

const items = (title, all) => all.length ? section(title, "", el("ul", "card why", ...all)) : "";

function evidence(all) {
	const box = el("div", "card");
	for (const e of all) {
		const one = el("div", "reg", el("div", "top", said(e.kind, "name"),
			el("span", "tag " + (e.trust === "authenticated" ? "good" : "open"), e.trust),
			el("span", "dim", TRUST[e.trust] || "")));
		one.append(values([["root", e.root_name || e.root], ["nonce", e.nonce], ["time", e.time],
			["debug", e.debug ? "yes: its host may read and change it" : null],
			["not checked", e.not_checked.length ? e.not_checked.join(" ") : null]]));
		one.append(el("details", "", el("summary", "dim", "claims"), values(Object.entries(e.claims)
			.map(([k, v]) => [k, typeof v === "object" ? JSON.stringify(v) : v]))));
		box.append(one);
	}
	return all.length ? section("Evidence", "", box) : "";
}

/* ---- what differs */

const KINDS = {
	"only-a": ["−", "bad", ""], "only-b": ["+", "good", ""], "moved": ["↕", "open", "At another place:"],
	"text": ["≈", "", "The same digest beside another text:"],
};

function difference(d) {
	const [mark, tone, words] = KINDS[d.kind] || ["?", "", d.kind];
	const box = el("div", "reg edit", words ? el("p", "dim", words) : "");
	for (const [side, e] of [["first", d.a], ["second", d.b]])
		if (e)
			box.append(el("div", "top", el("span", "tag " + tone, mark), el("span", "dim", side + ", record " + e.record),
				said(typeOf(e).replace(/^EV_/, ""), "dim"), said(e.text), said(short(e.digest, d.a && d.b ? (e === d.a ? d.b : d.a).digest : ""), "hex dim")));
	return box;
}

function differ(r) {
	const box = el("div", "card");
	box.append(el("div", "reg", el("div", "top", said(r.name, "name"), said(r.alg || "value", "dim"),
		el("span", "tag " + (r.same ? "good" : "bad"), r.same ? "same" : "differs"),
		el("span", "dim", r.a.events + " and " + plural(r.b.events, "record") +
			(r.shortest ? "" : "; too far apart for the shortest list"))),
		r.a.value === r.b.value && r.a.replayed === r.b.replayed ?
			values([["value", r.a.value], ["both replay to", r.a.replayed]]) :
			values([["first", r.a.value], ["first replays to", r.a.replayed],
				["second", r.b.value], ["second replays to", r.b.replayed]])));
	let at = 0;
	const next = () => {
		box.append(...r.differences.slice(at, at += CHUNK).map(difference));
		if (at < r.differences.length) {
			const more = el("div", "reg", button("and " + plural(r.differences.length - at, "more"), () => {
				more.remove();
				next();
			}));
			box.append(more);
		}
	};
	next();
	return box;
}

if (data.logs_a) {
	const paths = (logs) => logs.map((l) => l.path).join(", ");
	main.append(section("Registers", "first: " + paths(data.logs_a) + " · second: " + paths(data.logs_b),
		...data.registers.map(differ)));
} else {
	const events = data.report && data.events ?
		data.events.map((x) => ({ ...x.event, appraised: x.appraised, by: x.known })) : data.events;
	const view = events ? records(events) : { all: "", go: null }, found = report.findings;
	const unpinned = new Set(data.launch === "unknown" ?
		report.registers.filter((r) => r.kind === "launch").map((r) => r.name) : []);
	main.append(items("What to look at", [...reasons(data.because, unpinned),
		...(data.lacking || []).map((x) => el("li", "", said(x.list, "name"), " is lacking: ", said(x.text))),
		...found.filter((f) => f.severity !== "info").map(finding)]),
		registers(report.registers, events, view.go), items("Known values", (data.lists || []).map((x) =>
			el("li", x.denied ? "bad" : "", said((x.register ? x.register + ":" : "") + x.kind + "=" + x.name, "name"),
				x.denied ? " denies" : "", x.any_order ? " in any order" : ""))),
		evidence(report.evidence), view.all,
		items("Also noticed", found.filter((f) => f.severity === "info").map(finding)));
}
})();
