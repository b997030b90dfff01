"use strict";
// Draws the pictures of the page when they come into view, and filters them.
//
// #rows holds the records: `facets` ({name, label, values, of}: of each row the index of its
// value), `texts` (the same without a filter) and `numbers` ({name, of}). Each picture is a JSON
// script of class "figure"; a trace with meta.rows says which row each of its points is of, -1 for
// none.

const SIGNS = {
  "-12": "p", "-9": "n", "-6": "\u00b5", "-3": "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T",
};

// 0.0139, "J" -> "13.9 mJ"
function scaled(value, unit) {
  if (value === null) return "not known";
  if (value === 0) return "0 " + unit;
  let exponent = 3 * Math.floor(Math.log10(Math.abs(value)) / 3);
  exponent = Math.min(12, Math.max(-12, exponent));
  return Number((value / 10 ** exponent).toPrecision(4)) + " " + SIGNS[exponent] + unit;
}

// Plotly takes <b> and its like in hover text for markup.
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const data = JSON.parse(document.getElementById("rows").textContent);
const position = new Map(data.index.map((row, i) => [row, i]));
const facets = Object.fromEntries(data.facets.map((facet) => [facet.name, facet]));
const texts = Object.fromEntries(data.texts.map((text) => [text.name, text]));
const numbers = Object.fromEntries(data.numbers.map((number) => [number.name, number.of]));
let shown = new Array(data.index.length).fill(true);

function facet(name, i) {
  const column = facets[name] || texts[name];
  return column.values[column.of[i]];
}

// What the pointer shows of a record.
function describe(row, short) {
  const i = position.get(row);
  if (i === undefined) return "";
  const name = `<b>${plain(facet("kernel", i))}</b> ${plain(facet("dtype", i))}`;
  const lines = [name, plain(facet("shape", i))];
  if (short) return lines.join("<br>");
  const source = facet("source", i);
  if (facet("options", i)) lines.push(plain(facet("options", i)));
  lines.push(`${plain(facet("threads", i))} threads, ${plain(facet("state", i))}`);
  if (numbers.energy[i] !== null) {
    const half = numbers.half[i] === null ? "" : ` \u00b1 ${scaled(numbers.half[i], "J")} (95 %)`;
    lines.push(`${scaled(numbers.energy[i], "J")}${half} a launch, ${source}`);
    if (numbers.net[i] !== null) {
      lines.push(`net of idle ${scaled(numbers.net[i], "J")}, ${source}`);
    }
    lines.push(`${scaled(numbers.power[i], "W")}, ${source}`);
    if (numbers.flops[i] > 0) {
      lines.push(`${scaled(numbers.energy[i] / numbers.flops[i], "J/FLOP")}, ${source}`);
    }
  } else {
    lines.push("energy not measured");
  }
  lines.push(`${scaled(numbers.time[i], "s")} a launch (10 % to 90 %: ` +
    `${scaled(numbers.time_low[i], "s")} to ${scaled(numbers.time_high[i], "s")})`);
  lines.push(plain(facet("device", i)), plain(facet("file", i)));
  return lines.join("<br>");
}

// A trace with the points that the filters leave; null stays, so that lines keep their gaps.
function masked(trace, filtered) {
  const rows = trace.meta && trace.meta.rows;
  if (!rows) return trace;
  const keep = [];
  rows.forEach((row, i) => {
    const at = position.get(row);
    if (!filtered || row < 0 || (at !== undefined && shown[at])) keep.push(i);
  });
  const pick = (values) => values && keep.map((i) => values[i]);
  const result = { ...trace, x: pick(trace.x), y: pick(trace.y) };
  for (const bar of ["error_x", "error_y"]) {
    if (trace[bar]) {
      const { array, arrayminus } = trace[bar];
      result[bar] = { ...trace[bar], array: pick(array), arrayminus: pick(arrayminus) };
    }
  }
  const said = trace.customdata || [];
  result.hovertext = keep.map((i) => [describe(rows[i], trace.meta.hover === "short"), said[i]]
    .filter(Boolean).join("<br>"));
  delete result.customdata;
  return result;
}

// ---- pictures

const figures = new Map();  // div -> parsed figure, once it is drawn
const waiting = [];  // divs to draw, one a task, so that the first is seen before the next is made
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const div = entry.target;
    if (!entry.isIntersecting || waiting.includes(div)) continue;
    if (div.dataset.drawn === "yes" && div.dataset.stale !== "yes") continue;
    if (waiting.push(div) === 1) setTimeout(drawNext);
  }
}, { rootMargin: "400px" });

async function drawNext() {
  if (waiting[0].isConnected) await draw(waiting[0]);
  waiting.shift();
  if (waiting.length) setTimeout(drawNext, 20);
}

async function read(script) {
  if (script.dataset.packed !== "gzip") return JSON.parse(script.textContent);
  const packed = Uint8Array.from(atob(script.textContent), (each) => each.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).json();
}

async function draw(div) {
  if (!figures.has(div)) figures.set(div, await read(document.getElementById(div.dataset.figure)));
  if (!div.isConnected) return figures.delete(div);  // another was chosen meanwhile
  div.dataset.stale = "";
  const figure = figures.get(div);
  const filtered = div.dataset.filtered === "yes";
  const traces = figure.data.map((trace) => masked(trace, filtered));
  const layout = { ...figure.layout, autosize: true, uirevision: "kept" };
  const config = {
    responsive: true,
    displaylogo: false,
    showSendToCloud: false,  // a page of results sends nothing anywhere
    modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg", filename: div.dataset.figure },
  };
  await Plotly.react(div, traces, layout, config);
  div.dataset.drawn = "yes";
  if (!performance.getEntriesByName("first-chart").length) performance.mark("first-chart");
}

function inView(div) {
  const box = div.getBoundingClientRect();
  return box.bottom > -400 && box.top < window.innerHeight + 400;
}

function refresh() {
  for (const div of figures.keys()) {
    if (div.dataset.filtered !== "yes") continue;
    if (inView(div)) draw(div);
    else {  // drawn again when it is next seen
      div.dataset.stale = "yes";
      observer.unobserve(div);
      observer.observe(div);
    }
  }
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// One picture of a section: its div and the note below.
function place(script, into) {
  const div = element("div", { className: "picture" });
  div.style.minHeight = script.dataset.height + "px";
  div.dataset.figure = script.id;
  div.dataset.filtered = script.dataset.filtered;
  into.replaceChildren(div, element("p", { className: "note", textContent: script.dataset.note }));
  observer.observe(div);
}

function addSection(title, scripts) {
  const section = element("section", { id: "section-" + title.toLowerCase().replaceAll(" ", "-") });
  section.append(element("h2", { textContent: title }));
  if (scripts.length > 1 && scripts[0].dataset.choice) {
    const holder = element("div");
    const select = element("select", { ariaLabel: title });
    scripts.forEach((script, value) => {
      select.append(element("option", { value, textContent: script.dataset.choice }));
    });
    select.addEventListener("change", () => {
      for (const div of holder.querySelectorAll(".picture")) {
        observer.unobserve(div);
        figures.delete(div);
        if (div.dataset.drawn) Plotly.purge(div);
      }
      place(scripts[select.value], holder);
    });
    section.append(select, holder);
    place(scripts[0], holder);
  } else {
    for (const script of scripts) {
      const holder = element("div");
      section.append(holder);
      place(script, holder);
    }
  }
  document.getElementById("pictures").append(section);
}

// ---- filters

function addFilters() {
  const form = document.getElementById("filters");
  const count = element("output", { id: "shown" });
  const apply = () => {
    const chosen = data.facets.map((facet) => {
      const boxes = [...form.querySelectorAll(`input[name="${facet.name}"]`)];
      return boxes.length ? boxes.map((box) => box.checked) : facet.values.map(() => true);
    });
    shown = data.index.map((_, i) => data.facets.every((facet, f) => chosen[f][facet.of[i]]));
    for (const list of form.querySelectorAll("details")) {
      list.classList.toggle("narrowed", list.querySelector("input:not(:checked)") !== null);
    }
    const left = shown.filter(Boolean).length;
    count.textContent = `${left} of ${shown.length} records shown`;
    refresh();
  };
  for (const facet of data.facets) {
    if (facet.values.length < 2) continue;
    const boxes = facet.values.map((value) => (
      element("input", { type: "checkbox", name: facet.name, value, checked: true })));
    const set = (checked) => element("button", {
      type: "button", textContent: checked ? "all" : "none",
      onclick: () => { boxes.forEach((box) => { box.checked = checked; }); apply(); },
    });
    const list = element("div", {}, set(true), set(false));
    boxes.forEach((box, i) => list.append(element("label", {}, box, " " + facet.values[i])));
    form.append(element("details", {}, element("summary", { textContent: facet.label }), list));
  }
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {  // a click beside a list closes it
    for (const open of form.querySelectorAll("details[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  form.append(count);
  form.hidden = data.index.length === 0;
  apply();
}

function addContents() {
  const nav = document.getElementById("contents");
  for (const section of document.querySelectorAll("main > section, #provenance")) {
    const textContent = section.querySelector("h2").textContent;
    nav.append(element("a", { href: "#" + section.id, textContent }));
  }
}

const sections = new Map();
for (const script of document.querySelectorAll("script.figure")) {
  const title = script.dataset.section;
  sections.set(title, [...(sections.get(title) || []), script]);
}
sections.forEach((scripts, title) => addSection(title, scripts));
addFilters();
addContents();
