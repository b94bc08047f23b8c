"use strict";
(() => {
  const cards = JSON.parse(document.getElementById("data").textContent);
  const view = document.getElementById("view");
  const svg = view.querySelector("svg");
  const form = document.getElementById("filters");
  const details = document.getElementById("details");
  const whole = svg.viewBox.baseVal;
  const size = { width: whole.width, height: whole.height };
  const boxes = [...svg.querySelectorAll("[data-card]")];
  const links = [...svg.querySelectorAll("[data-from]")];
  const tags = [...svg.querySelectorAll("[data-at]")];
  let box = { x: 0, y: 0, width: size.width, height: size.height };
  let chosen = null;
  let moved = false; // until somebody moves the picture, it is fitted anew whenever its frame changes

  // pan and zoom
  const apply = () => svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  const scale = () => Math.max(box.width / view.clientWidth, box.height / view.clientHeight);
  const fit = () => {
    const width = view.clientWidth, height = view.clientHeight;
    if (!width || !height) return;
    const unit = Math.min(Math.max(size.width / width, 0.9), width < 700 ? 1.3 : 1.7); // never so small that nothing can be read
    box = { x: Math.min(0, (size.width - width * unit) / 2), y: 0, width: width * unit, height: height * unit };
    apply();
  };
  const zoom = (factor, at) => {
    moved = true;
    const unit = scale();
    const next = Math.min(Math.max(unit / factor, 0.25), Math.max(8, size.width / view.clientWidth * 2)) / unit;
    const x = at ? at.x : box.x + box.width / 2, y = at ? at.y : box.y + box.height / 2;
    box = { x: x - (x - box.x) * next, y: y - (y - box.y) * next, width: box.width * next, height: box.height * next };
    apply();
  };
  const move = (x, y) => {
    moved = true;
    box.x = Math.min(Math.max(box.x + x, 80 - box.width), size.width - 80);
    box.y = Math.min(Math.max(box.y + y, 80 - box.height), size.height - 80);
    apply();
  };
  const point = (event) => {
    const place = svg.createSVGPoint();
    place.x = event.clientX;
    place.y = event.clientY;
    return place.matrixTransform(svg.getScreenCTM().inverse());
  };
  const fingers = new Map();
  let travelled = 0;
  view.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button")) return;
    fingers.set(event.pointerId, event);
    travelled = 0;
  });
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const apart = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, event);
    travelled += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    if (apart) zoom(spread() / apart, point(event));
    else if (travelled > 4) {
      view.classList.add("dragged");
      move((before.clientX - event.clientX) * scale(), (before.clientY - event.clientY) * scale());
    }
  });
  const lift = (event) => {
    fingers.delete(event.pointerId);
    view.classList.remove("dragged");
  };
  addEventListener("pointerup", lift);
  addEventListener("pointercancel", lift);
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 200), point(event));
    else move(event.deltaX * scale(), event.deltaY * scale());
  }, { passive: false });
  view.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    if (Number(button.dataset.zoom)) zoom(Number(button.dataset.zoom));
    else fit();
  }));
  const keys = {
    ArrowLeft: () => move(-60 * scale(), 0), ArrowRight: () => move(60 * scale(), 0),
    ArrowUp: () => move(0, -60 * scale()), ArrowDown: () => move(0, 60 * scale()),
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit,
  };
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  const reveal = (element) => {
    const spot = element.querySelector(".box").getBBox();
    if (spot.x < box.x || spot.x + spot.width > box.x + box.width) box.x = spot.x + spot.width / 2 - box.width / 2;
    if (spot.y < box.y || spot.y + spot.height > box.y + box.height) box.y = spot.y + spot.height / 2 - box.height / 2;
    apply();
  };

  // details
  const make = (name, text, css) => {
    const element = document.createElement(name);
    element.textContent = text;
    if (css) element.className = css;
    return element;
  };
  const finding = (mark, title) => {
    const item = document.createElement("li");
    item.className = `sev-${mark.severity}`;
    item.append(make("p", mark.severity, "level"), make("h3", mark.title));
    item.append(make("p", `${mark.resource === title ? "" : `${mark.resource}: `}because ${mark.reason}`));
    item.append(make("p", `Fix: ${mark.fix}`), make("p", mark.check, "mute"));
    return item;
  };
  const part = (node) => {
    const item = make("li", node.name);
    for (const text of [node.id, node.place, node.rule, node.ports && `ports ${node.ports}`]) {
      if (text) item.append(make("span", text));
    }
    return item;
  };
  const show = (number) => {
    const card = cards[number];
    chosen = number;
    boxes.forEach((one) => one.classList.toggle("chosen", one.dataset.card === String(number)));
    links.forEach((one) => one.classList.toggle("near", [one.dataset.from, one.dataset.to].includes(String(number))));
    svg.classList.add("picked");
    document.getElementById("what").textContent = card.title;
    document.getElementById("about").textContent = [card.note, card.tier, ...card.applications].join(" · ");
    document.getElementById("marks").replaceChildren(...card.marks.map((one) => finding(one, card.title)));
    if (!card.marks.length) document.getElementById("marks").append(make("li", "Nothing failed here."));
    const parts = document.getElementById("parts");
    parts.querySelector("summary").textContent = card.nodes.length === 1 ? "The resource" : `${card.nodes.length} resources`;
    parts.querySelector("ul").replaceChildren(...card.nodes.map(part));
    parts.open = !card.marks.length;
    details.hidden = false;
    details.scrollTop = 0;
    resized();
    reveal(boxes.find((one) => one.dataset.card === String(number)));
  };
  const hide = () => {
    if (chosen === null) return;
    const before = boxes.find((one) => one.dataset.card === String(chosen));
    chosen = null;
    details.hidden = true;
    svg.classList.remove("picked");
    boxes.forEach((one) => one.classList.remove("chosen"));
    resized();
    before.focus({ preventScroll: true });
  };
  const resized = () => {
    const unit = box.width / (resized.width || view.clientWidth);
    resized.width = view.clientWidth;
    box.width = view.clientWidth * unit;
    box.height = view.clientHeight * unit;
    apply();
  };
  boxes.forEach((one) => {
    one.addEventListener("click", () => { if (travelled <= 4) show(Number(one.dataset.card)); });
    one.addEventListener("focus", () => { if (one.matches(":focus-visible")) reveal(one); });
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(Number(one.dataset.card));
      document.getElementById("what").focus();
    });
  });
  document.getElementById("close").addEventListener("click", hide);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("resize", () => (moved || chosen !== null ? resized() : fit()));

  // filters
  const filter = () => {
    const asked = Object.fromEntries(new FormData(form));
    const kept = new Set();
    cards.forEach((card, number) => {
      const fits = (!asked.application || card.applications.includes(asked.application))
        && (!asked.tier || card.band === asked.tier)
        && (!asked.severity || card.severities.includes(asked.severity));
      if (fits) kept.add(String(number));
    });
    boxes.forEach((one) => {
      const out = !kept.has(one.dataset.card);
      one.classList.toggle("out", out);
      one.setAttribute("tabindex", out ? "-1" : "0");
    });
    links.forEach((one) => one.classList.toggle("out", !kept.has(one.dataset.from) || !kept.has(one.dataset.to)));
    tags.forEach((one) => one.classList.toggle("out", !kept.has(one.dataset.at)));
    const all = kept.size === cards.length;
    document.getElementById("shown").textContent = all ? "" : `${kept.size} of ${cards.length} boxes`;
  };
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));

  resized();
  fit();
})();
