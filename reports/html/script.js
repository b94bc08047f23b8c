/* Browses the findings. Names come from the account and are never parsed as markup: text nodes only. */
"use strict";
(() => {
  const FIRST = 25;        // rows that a group shows when it is opened
  const MORE = 200;        // rows that each "Show more" adds
  const PRINT_ROWS = 30;   // rows of a group on paper
  const PRINT_TOTAL = 1500;
  const LONG = 48;         // characters of an observed value that get a line of their own
  const WAIT = 120;        // milliseconds of quiet before a search runs

  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const number = (n) => n.toLocaleString("en");
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const plural = (n, one) => `${number(n)} ${one}${n === 1 ? "" : "s"}`;

  /** An element with a class and children; strings become text nodes, whatever they hold. */
  const el = (tag, className, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };
  const bdi = (text, className) => el("bdi", className, text);

  /* ---- the data, made comfortable ------------------------------------------------------------------- */

  const stateTitles = Object.fromEntries(data.states);
  const pillarTitles = Object.fromEntries(data.pillars);
  const patternTitles = new Map();
  for (const [id, title, controls] of data.patterns) {
    patternTitles.set(id, title);
    for (const [control, name] of controls) patternTitles.set(`${id}.${control}`, name);
  }
  const resources = data.resources.map(([arn, type, region, name, tags]) => (
    { arn, type, region, name, tags: Object.entries(tags), service: type.split("::")[1] || type }
  ));
  const checks = data.checks.map((check) => (
    { ...check, places: [check.pattern, `${check.pattern}.${check.control}`] }
  ));
  const findings = data.findings.map(([check, state, severity, resource, reason, waiver, observed]) => ({
    check: checks[check],
    group: check,
    state: data.states[state][0],
    severity: data.severities[severity],
    resource: resources[resource],
    reason: data.reasons[reason],
    waiver: waiver < 0 ? null : data.waivers[waiver],
    observed: observed ? Object.entries(observed) : [],
    text: "",
  }));

  const isDeep = (value) => typeof value === "object" && value !== null;

  /** An observed value in words: lists with commas, lists of things with a line for each. */
  const show = (value) => {
    if (Array.isArray(value)) return value.map(show).join(value.some(isDeep) ? "\n" : ", ") || "none";
    if (isDeep(value)) return Object.entries(value).map(([key, inner]) => `${key}: ${show(inner)}`).join(", ") || "none";
    return String(value);
  };

  /** What a search looks through; made on the first search, for most visits make none. */
  const textOf = (finding) => {
    const { check, resource, waiver } = finding;
    const tags = resource.tags.map(([key, value]) => `${key}=${value}`);
    const facts = finding.observed.map(([key, value]) => `${key}: ${show(value)}`);
    return [
      check.id, check.title, check.practices.join(" "), finding.reason, resource.name, resource.arn, resource.type,
      resource.region, ...tags, ...facts, ...(waiver || []),
    ].join("\n").toLowerCase();
  };

  /* ---- filters: one state, kept in the address so that a view can be shared ------------------------- */

  const FACETS = [
    { name: "status", value: (f) => f.state },
    { name: "severity", value: (f) => f.severity },
    { name: "pillar", values: (f) => f.check.pillars },
    { name: "pattern", values: (f) => f.check.places },
    { name: "region", value: (f) => f.resource.region },
    { name: "service", value: (f) => f.resource.service },
    { name: "check", value: (f) => f.check.id },
  ];
  for (const facet of FACETS) {
    facet.values ||= (f) => [facet.value(f)];
    facet.known = new Set(findings.flatMap(facet.values));
    facet.chosen = new Set();
    facet.counts = new Map();
  }
  for (const severity of data.severities) FACETS[1].known.add(severity);
  for (const [pillar] of data.pillars) FACETS[2].known.add(pillar);
  for (const place of patternTitles.keys()) FACETS[3].known.add(place);
  const facetOf = Object.fromEntries(FACETS.map((facet) => [facet.name, facet]));
  let query = "";

  const isView = (hash) => hash.includes("=");

  const readHash = () => {
    const given = new URLSearchParams(isView(location.hash) ? location.hash.slice(1) : "");
    query = given.get("q") || "";
    for (const facet of FACETS) {
      const values = (given.get(facet.name) || "").split(",");
      facet.chosen = new Set(values.filter((value) => facet.known.has(value)));
    }
  };

  const writeHash = () => {
    const parts = FACETS.filter((facet) => facet.chosen.size).map(
      (facet) => `${facet.name}=${[...facet.chosen].map(encodeURIComponent).join(",")}`,
    );
    if (query) parts.push(`q=${encodeURIComponent(query)}`);
    const hash = parts.length ? `#${parts.join("&")}` : location.pathname + location.search;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // A frame without an address of its own; the filters work all the same.
    }
  };

  const form = $("filters");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const selects = [...form.querySelectorAll("select")];

  const readForm = () => {
    query = $("q").value.trim();
    for (const name of ["status", "severity"]) {
      facetOf[name].chosen = new Set(boxes.filter((box) => box.name === name && box.checked).map((box) => box.value));
    }
    for (const select of selects) facetOf[select.name].chosen = new Set(select.value ? [select.value] : []);
  };

  const writeForm = () => {
    $("q").value = query;
    for (const box of boxes) box.checked = facetOf[box.name].chosen.has(box.value);
    for (const select of selects) select.value = [...facetOf[select.name].chosen][0] || "";
  };

  const option = (value, title) => {
    const made = el("option", "", title);
    made.value = value;
    made.dataset.title = title;
    return made;
  };

  const fillSelects = () => {
    const sorted = (name) => [...facetOf[name].known].sort();
    $("pillar").append(...data.pillars.map(([id, title]) => option(id, title)));
    for (const [id, title, controls] of data.patterns) {
      const group = el("optgroup", "", option(id, `All of ${title}`));
      group.label = title;
      group.append(...controls.map(([control, name]) => option(`${id}.${control}`, name)));
      $("pattern").append(group);
    }
    for (const name of ["region", "service"]) $(name).append(...sorted(name).map((value) => option(value, value)));
  };

  /** One pass: what is shown, and for each choice how many it would show beside the other filters. */
  const select = () => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const active = FACETS.filter((facet) => facet.chosen.size);
    for (const facet of FACETS) facet.counts = new Map();
    const count = (facet, finding) => {
      for (const value of facet.values(finding)) facet.counts.set(value, (facet.counts.get(value) || 0) + 1);
    };
    return findings.filter((finding) => {
      if (words.length) {
        finding.text ||= textOf(finding);
        if (!words.every((word) => finding.text.includes(word))) return false;
      }
      const misses = active.filter((facet) => !facet.values(finding).some((value) => facet.chosen.has(value)));
      if (misses.length === 0) for (const facet of FACETS) count(facet, finding);
      if (misses.length === 1) count(misses[0], finding);
      return misses.length === 0;
    });
  };

  const writeCounts = () => {
    for (const label of form.querySelectorAll("[data-count]")) {
      const times = facetOf[label.dataset.count].counts.get(label.dataset.value) || 0;
      label.textContent = number(times);
      label.closest("label").classList.toggle("nil", times === 0);
    }
    for (const select of selects) {
      for (const one of select.querySelectorAll("option[data-title]")) {
        one.textContent = `${one.dataset.title} (${number(facetOf[select.name].counts.get(one.value) || 0)})`;
      }
    }
  };

  /* ---- groups: one for each check, its rows made when it is opened ---------------------------------- */

  const words = (text) => el("p", "prose", text);
  const term = (name, ...value) => el("div", "", el("dt", "", name), el("dd", "", ...value));

  const about = (check) => {
    const practices = check.practices.map((id) => {
      const [title, pillar] = data.practices[id] || ["", ""];
      return el("li", "", el("b", "", id), ` ${title}`, el("span", "small", pillar ? ` · ${pillar}` : ""));
    });
    const thresholds = Object.entries(check.thresholds).map(([name, value]) => `${name} = ${show(value)}`);
    const details = el("dl", "meta", term("Check", el("code", "", check.id)));
    details.append(term("Pattern", `${patternTitles.get(check.pattern) || check.pattern} · `
      + (patternTitles.get(check.places[1]) || check.control)));
    if (practices.length) details.append(term("Practices", el("ul", "", ...practices)));
    if (thresholds.length) details.append(term("Thresholds", el("code", "", thresholds.join(", "))));
    if (check.evidence.length) details.append(term("Reads", el("code", "", check.evidence.join(", "))));
    return el("div", "about",
      el("div", "advice", el("h4", "", "Why"), words(check.why)),
      el("div", "advice", el("h4", "", "Fix"), words(check.fix)),
      details);
  };

  const row = (finding) => {
    const { resource, waiver } = finding;
    const because = el("p", "because");
    if (finding.state === "MANUAL") because.append(bdi(finding.reason));
    else because.append(el("span", "mute", "because "), bdi(finding.reason));
    const left = el("div", "what",
      el("p", "marks",
        el("span", `status st-${finding.state}`, stateTitles[finding.state]),
        el("span", `badge sev-${finding.severity}${finding.state === "FAIL" ? "" : " calm"}`, capital(finding.severity)),
        el("span", "small", resource.region)),
      el("h4", "name", bdi(resource.name)),
      because,
      el("p", "mono", bdi(resource.arn)));
    if (waiver) {
      left.append(el("p", "waiver", el("b", "", "Waived"), " by ", bdi(waiver[1]), ` until ${waiver[2]}: `, bdi(waiver[0])));
    }
    const right = el("div", "seen");
    if (finding.observed.length) {
      right.append(el("dl", "facts", ...finding.observed.map(([key, value]) => (
        el("div", show(value).length > LONG ? "long" : "", el("dt", "", bdi(key)), el("dd", "", bdi(show(value))))
      ))));
    }
    if (resource.tags.length) {
      const tags = el("ul", "tags", ...resource.tags.map(([key, value]) => (
        el("li", "", bdi(key, "mute"), el("span", "mute", " = "), bdi(value))
      )));
      tags.setAttribute("aria-label", "Tags");
      right.append(tags);
    }
    const made = el("li", "finding", left);
    if (right.childElementCount) made.append(right);
    return made;
  };

  class Group {
    constructor(check, place) {
      this.check = check;
      this.rows = [];
      this.drawn = 0;
      this.counts = el("span", "counts");
      this.badge = el("span", "badge");
      const pause = () => el("span", "sr", ", "); // for the button's name as it is read aloud
      this.button = el("button", "", this.badge, pause(), el("span", "title", check.title), pause(), this.counts);
      this.button.type = "button";
      this.panel = el("div", "inside");
      this.panel.id = `group-${place}`;
      this.panel.hidden = true;
      this.button.setAttribute("aria-controls", this.panel.id);
      this.button.setAttribute("aria-expanded", "false");
      this.button.addEventListener("click", () => this.open(this.panel.hidden));
      this.element = el("section", "group panel", el("h3", "", this.button), this.panel);
      this.element.dataset.check = check.id;
    }

    /** Show these findings; they come in order of attention. */
    update(rows) {
      this.rows = rows;
      this.element.hidden = rows.length === 0;
      if (!rows.length) return;
      const tally = new Map();
      for (const { state } of rows) tally.set(state, (tally.get(state) || 0) + 1);
      this.counts.replaceChildren(...data.states.filter(([state]) => tally.has(state)).map(([state, title]) => (
        el("span", `status st-${state}`, `${number(tally.get(state))} ${title.toLowerCase()}`, el("span", "sr", ", "))
      )));
      const severity = rows[0].state === "FAIL" ? rows[0].severity : data.severities[this.check.severity];
      this.badge.className = `badge sev-${severity}${tally.has("FAIL") ? "" : " calm"}`;
      this.badge.textContent = capital(severity);
      if (!this.panel.hidden) this.draw();
    }

    open(yes) {
      this.panel.hidden = !yes;
      this.button.setAttribute("aria-expanded", String(yes));
      if (yes) this.draw();
      else this.panel.replaceChildren();
    }

    draw(limit = FIRST) {
      this.list = el("ul", "rows");
      this.list.setAttribute("aria-label", `Findings of ${this.check.title}`);
      this.drawn = 0;
      this.panel.replaceChildren(about(this.check), this.list);
      this.extend(limit);
    }

    /** Append the next rows, and a button while there are more. */
    extend(limit) {
      this.next?.remove();
      const rows = this.rows.slice(this.drawn, this.drawn + limit).map(row);
      this.list.append(...rows);
      this.drawn += rows.length;
      const left = this.rows.length - this.drawn;
      if (left > 0) {
        this.next = el("button", "quiet next", `Show ${number(Math.min(left, MORE))} more of ${number(left)}`);
        this.next.type = "button";
        this.next.addEventListener("click", () => this.extend(MORE)?.focus());
        this.panel.append(this.next);
      }
      const first = rows[0];
      if (first) first.tabIndex = -1;
      return first;
    }
  }

  const groups = checks.map((check, place) => new Group(check, place));

  /* ---- putting it together -------------------------------------------------------------------------- */

  const apply = () => {
    const shown = select();
    const parts = groups.map(() => []);
    for (const finding of shown) parts[finding.group].push(finding);
    groups.forEach((group, place) => group.update(parts[place]));
    writeCounts();
    const visible = groups.filter((group) => group.rows.length);
    const all = shown.length === findings.length;
    $("shown").textContent = all
      ? `${plural(findings.length, "finding")} in ${plural(visible.length, "check")}`
      : `${number(shown.length)} of ${plural(findings.length, "finding")} in ${plural(visible.length, "check")}`;
    $("none").hidden = shown.length > 0;
    const [check] = facetOf.check.chosen;
    $("check").hidden = !check;
    if (check) $("check").replaceChildren(`Only ${check}`, el("span", "sr", ": show all checks"));
    $("clear").hidden = !query && FACETS.every((facet) => !facet.chosen.size);
    if (visible.length === 1 && visible[0].panel.hidden) visible[0].open(true);
  };

  const changed = () => {
    readForm();
    writeHash();
    apply();
  };

  const arrive = () => {
    readHash();
    writeForm();
    apply();
  };

  const goTo = (id) => {
    const target = $(id);
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  };

  let timer = 0;
  $("q").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, WAIT);
  });
  form.addEventListener("change", (event) => {
    if (event.target !== $("q")) changed();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    changed();
  });
  $("clear").addEventListener("click", () => {
    query = "";
    for (const facet of FACETS) facet.chosen = new Set();
    writeForm();
    writeHash();
    apply();
    $("q").focus();
  });
  $("check").addEventListener("click", () => {
    facetOf.check.chosen = new Set();
    writeHash();
    apply();
    $("q").focus();
  });
  addEventListener("hashchange", () => {
    if (!isView(location.hash)) return;
    arrive();
    goTo("findings");
  });
  // A link to a section must not wipe the filters from the address; a link to the present view must still lead there.
  document.addEventListener("click", (event) => {
    const hash = event.target.closest?.("a[href^='#']")?.getAttribute("href");
    if (!hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!isView(hash)) {
      event.preventDefault();
      goTo(hash.slice(1));
    } else if (hash === location.hash) {
      goTo("findings");
    }
  });

  /* ---- narrow screens, colors, paper ---------------------------------------------------------------- */

  const narrow = matchMedia("(max-width: 899px)");
  const fold = () => { $("more").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const nameTheme = () => {
    $("theme").textContent = isDark() ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colors`);
  };
  $("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  dark.addEventListener("change", nameTheme);
  nameTheme();

  let unfolded = [];
  addEventListener("beforeprint", () => {
    let room = PRINT_TOTAL;
    for (const group of groups) {
      if (!group.rows.length || !group.panel.hidden || room <= 0 || group.rows[0].state === "PASS") continue;
      group.panel.hidden = false;
      group.draw(Math.min(PRINT_ROWS, room));
      room -= group.drawn;
      unfolded.push(group);
      const left = group.rows.length - group.drawn;
      if (left > 0) group.panel.append(el("p", "small paper", `And ${number(left)} more, in the report itself.`));
    }
  });
  addEventListener("afterprint", () => {
    for (const group of unfolded) group.open(false);
    unfolded = [];
  });

  fillSelects();
  $("groups").append(...groups.map((group) => group.element));
  $("browse").hidden = false;
  $("theme").hidden = false;
  arrive();
  if (isView(location.hash)) goTo("findings");
})();
