'use strict';
// Data in, drawing here: everything shown comes from the JSON in #data (explore/report.cpp writes it).
const report = JSON.parse(document.getElementById('data').textContent);
const state = {model: report.models[0], chosen: null, longest: false, reasons: true};
const kPalette = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const kCauses = ['#e08214', '#c51b7d', '#7b5aa6', '#b8a10b', '#8c510a', '#de77ae', '#737373', '#4d9221', '#01665e',
  '#c7a17a', '#a6cee3', '#3f007d', '#fb9a99', '#222222'];
const kBusy = '#2b7bba';
const kUnmeasured = '#9a9a9a';
// What a recipe looks like: a mark, and a colour where accuracy gives none.
const kRecipeColours = ['#2b7bba', '#e08214', '#7b5aa6', '#4d9221', '#c51b7d', '#8c510a'];
const kMarks = [
  (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (x, y, r) => `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
  (x, y, r) => `M${x} ${y - 1.2 * r}l${1.15 * r} ${2 * r}h${-2.3 * r}z`,
  (x, y, r) => `M${x} ${y - 1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
  (x, y, r) => `M${x} ${y + 1.2 * r}l${1.15 * r} ${-2 * r}h${-2.3 * r}z`,
];

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') node.onclick = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function shape(parent, name, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function format(value, digits = 4) {
  if (value === null || value === undefined) return 'not measured';
  if (typeof value !== 'number') return String(value);
  const text = Number.isInteger(value) ? value : Number(value.toPrecision(digits));
  return text.toLocaleString('en', {maximumFractionDigits: 6, useGrouping: Math.abs(value) >= 10000});
}

const shortLayer = (name) => name.replace('backbone.', '').replaceAll('op_list.', '').replace(/\.conv$/, '');

// Stalled cycles of a layer by what its engines waited for, or by the reason: what the wait was spent on.
function stallsOf(layer) {
  if (!state.reasons || !layer.stall_parts) return layer.stalls;
  const reasons = {};
  for (const [name, cycles] of Object.entries(layer.stall_parts)) {
    const reason = name.slice(name.indexOf('.') + 1);
    reasons[reason] = (reasons[reason] ?? 0) + cycles;
  }
  return reasons;
}

// The columns stall_* of a point, the largest first, as shares.
function stallText(point) {
  const stalls = Object.entries(point).filter(([name, cycles]) => name.startsWith('stall_') && cycles > 0)
      .sort((a, b) => b[1] - a[1]);
  const all = stalls.reduce((sum, one) => sum + one[1], 0);
  return stalls.slice(0, 4).map(([name, cycles]) => `${name.slice(6)} ${(cycles / all * 100).toFixed(0)} %`).join(', ');
}

const metricName = (metric) => metric === 'miou' ? 'mIoU' : 'top-1';
function accuracyText(point) {
  if (!point.accuracy) return 'not measured';
  return `${point.accuracy.value.toFixed(2)} %`;
}

function colourAt(share) {
  const at = Math.min(Math.max(share, 0), 1) * (kPalette.length - 1);
  const i = Math.min(Math.floor(at), kPalette.length - 2);
  const mix = kPalette[i].map((low, c) => Math.round(low + (kPalette[i + 1][c] - low) * (at - i)));
  return `rgb(${mix.join(',')})`;
}

function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * power >= raw) * power;
  const result = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); ++i) result.push(i * step);
  return result;
}

function range(values) {
  const low = Math.min(...values), high = Math.max(...values);
  const margin = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

function showTip(event, html) {
  const tip = byId('tip');
  tip.replaceChildren(html);
  tip.hidden = false;
  const x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
  const y = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8);
  tip.style.left = `${x}px`;
  tip.style.top = `${y}px`;
}
const hideTip = () => { byId('tip').hidden = true; };

function tipRows(rows) {
  const table = element('table');
  for (const [name, value] of rows) table.append(element('tr', {}, element('td', {}, name), element('td', {}, value)));
  return table;
}

function pointTip(point) {
  const rows = [['recipe', point.recipe], ...Object.entries(point.settings),
    ['frames/s', format(point.fps)], ['latency', `${format(point.latency_ms)} ms`], ['DSP', format(point.dsp)],
    ['BRAM36', format(point.bram36)], ['accuracy', accuracyText(point)]];
  if (!point.fits) rows.push(['fits the device', 'no']);
  return tipRows(rows);
}

const recipesOf = (points) => [...new Set(points.map((p) => p.recipe))].sort();

// One scatter plot. x, y, colour: {name, of(point)}; colour.of may give null (grey, or the recipe's colour where no
// point of the network has an accuracy: then there is a line a recipe).
function scatter(host, points, front, x, y, colour, stepped, objectives) {
  const measured = state.model.measured;
  const recipes = recipesOf(report.points.filter((p) => p.model === state.model.model));
  const markOf = (recipe) => kMarks[recipes.indexOf(recipe) % kMarks.length];
  const ownColour = (recipe) => measured ? kUnmeasured : kRecipeColours[recipes.indexOf(recipe) % kRecipeColours.length];
  const key = element('p', {class: 'legend'});
  for (const recipe of recipesOf(points)) {
    const sample = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    sample.setAttribute('viewBox', '0 0 14 14');
    shape(sample, 'path', {d: markOf(recipe)(7, 7, 5), fill: measured ? '#5d6878' : ownColour(recipe)});
    key.append(element('span', {}, sample, recipe));
  }
  key.append(element('span', {}, measured ? `line: front of ${objectives} only` : 'lines: one front per recipe'));
  host.append(key);
  const width = 600, height = 430, left = 62, right = 74, top = 12, bottom = 46;
  const svg = shape(host, 'svg', {viewBox: `0 0 ${width} ${height}`, role: 'img'});
  const [x0, x1] = range(points.map(x.of)), [y0, y1] = range(points.map(y.of));
  const px = (v) => left + (v - x0) / (x1 - x0) * (width - left - right);
  const py = (v) => height - bottom - (v - y0) / (y1 - y0) * (height - top - bottom);
  for (const t of ticks(x0, x1, 6)) {
    shape(svg, 'line', {x1: px(t), x2: px(t), y1: top, y2: height - bottom, class: 'grid'});
    shape(svg, 'text', {x: px(t), y: height - bottom + 18, 'text-anchor': 'middle'}, format(t));
  }
  for (const t of ticks(y0, y1, 6)) {
    shape(svg, 'line', {x1: left, x2: width - right, y1: py(t), y2: py(t), class: 'grid'});
    shape(svg, 'text', {x: left - 7, y: py(t) + 4, 'text-anchor': 'end'}, format(t));
  }
  shape(svg, 'text', {x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle'}, x.name);
  shape(svg, 'text', {transform: `translate(14 ${(top + height - bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle'},
      y.name);

  const frontPoints = front.map((i) => report.points[i]);
  for (const recipe of measured ? [null] : recipesOf(frontPoints)) {
    const ends = frontPoints.filter((p) => recipe === null || p.recipe === recipe)
        .map((p) => [px(x.of(p)), py(y.of(p))]).sort((a, b) => a[0] - b[0]);
    const path = ends.map(([a, b], i) => i === 0 ? `M${a} ${b}` : stepped ? `H${a}V${b}` : `L${a} ${b}`).join('');
    if (!path) continue;
    const line = shape(svg, 'path', {d: path, class: 'front'});
    if (recipe !== null) line.style.stroke = ownColour(recipe);
  }

  const values = points.filter((p) => p.fits).map(colour.of).filter((v) => v !== null);
  const low = Math.min(...values), high = Math.max(...values);
  const onFront = new Set(front.map((i) => report.points[i].hash));
  // Points lie close together: those of the front, and of the others those with the highest value, are drawn on top.
  // On one machine recipes are almost equally fast: the least accurate one is drawn first, with the largest mark.
  const best = (recipe) => Math.max(...points.filter((p) => p.recipe === recipe).map((p) => p.accuracy?.value ?? -Infinity));
  const byAccuracy = recipesOf(points).sort((a, b) => (best(b) > best(a)) - (best(b) < best(a)));
  const later = (point) => stepped ? Math.min(byAccuracy.indexOf(point.recipe), 4) : 0;
  const rankOf = (point) => [-later(point), onFront.has(point.hash) ? 1 : 0, colour.of(point) ?? -Infinity];
  const over = (a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] > b[2]) - (a[2] < b[2]);
  for (const point of [...points].sort((a, b) => over(rankOf(a), rankOf(b)))) {
    const value = colour.of(point);
    const kind = ['point', point.fits ? '' : 'misfit', onFront.has(point.hash) ? 'on-front' : '',
      point === state.chosen ? 'chosen' : ''].join(' ');
    const mark = shape(svg, 'path', {d: markOf(point.recipe)(px(x.of(point)), py(y.of(point)), 4.5 + 2.5 * later(point)), class: kind});
    if (point.fits) {
      mark.setAttribute('fill', value === null ? ownColour(point.recipe) : colourAt(high > low ? (value - low) / (high - low) : 0.5));
    }
    mark.onmousemove = (event) => showTip(event, pointTip(point));
    mark.onmouseleave = hideTip;
    mark.onclick = () => choose(point);
  }
  if (values.length > 0) legend(svg, width - right + 16, top, height - top - bottom, colour.name, low, high);
}

function legend(svg, x, y, height, name, low, high) {
  const id = `ramp-${x}-${name.replace(/\W/g, '')}`;
  const ramp = shape(shape(svg, 'defs', {}), 'linearGradient', {id, x1: 0, x2: 0, y1: 1, y2: 0});
  for (let i = 0; i <= 8; ++i) shape(ramp, 'stop', {offset: i / 8, 'stop-color': colourAt(i / 8)});
  const flat = high <= low;
  shape(svg, 'rect', {x, y: y + 18, width: 12, height: height - 36, fill: flat ? colourAt(0.5) : `url(#${id})`});
  shape(svg, 'text', {x: x - 6, y: y + 10}, format(high));
  if (!flat) shape(svg, 'text', {x: x - 6, y: y + height - 4}, format(low));
  shape(svg, 'text', {transform: `translate(${x + 28} ${y + height / 2}) rotate(-90)`, 'text-anchor': 'middle'}, name);
}

function drawPlots() {
  const model = state.model;
  const points = report.points.filter((p) => p.model === model.model && p.status === 'ok');
  const fps = {name: 'frames a second', of: (p) => p.fps};
  const dsp = {name: 'DSP slices', of: (p) => p.dsp};
  const accuracy = {name: `${metricName(model.metric)}, %`, of: (p) => p.accuracy ? p.accuracy.value : null};
  byId('plot-dsp').replaceChildren();
  byId('plot-accuracy').replaceChildren();
  if (points.length === 0) {
    byId('plot-dsp').append(element('p', {class: 'empty'}, 'No point of this network has run.'));
    return;
  }
  scatter(byId('plot-dsp'), points, model.throughput_dsp, dsp, fps, accuracy, true, 'frames and DSPs');
  const measured = points.filter((p) => p.accuracy);
  if (measured.length > 0) {
    scatter(byId('plot-accuracy'), measured, model.throughput_accuracy, fps, accuracy, dsp, false, 'frames and accuracy');
  } else {
    const note = [...new Set(points.map((p) => p.note))].join('; ');
    byId('plot-accuracy').append(element('p', {class: 'empty'}, `Accuracy was not measured: ${note}.`));
  }
}

function drawFront() {
  const points = state.model.front.map((i) => report.points[i]).reverse();
  if (!state.model.measured) points.sort((a, b) => (a.recipe > b.recipe) - (a.recipe < b.recipe));
  // A key that has one value in the whole front says nothing about its points: those are below the table.
  const all = [...new Set(points.flatMap((p) => Object.keys(p.settings)))];
  const tells = (key) => new Set(points.map((p) => p.settings[key])).size > 1;
  const keys = all.filter(tells), same = all.filter((key) => !tells(key));
  const head = element('tr');
  head.append(element('th', {class: 'word'}, 'recipe'));
  for (const name of ['frames/s', 'latency ms', 'GOPS', 'utilization', 'DSP', 'BRAM36', 'URAM',
    state.model.measured ? metricName(state.model.metric) : 'accuracy']) head.append(element('th', {}, name));
  for (const name of keys) head.append(element('th', {class: 'word'}, name));
  const body = element('tbody');
  for (const point of points) {
    const row = element('tr', {class: point === state.chosen ? 'chosen' : '', onclick: () => choose(point)},
        element('td', {class: 'word'}, point.recipe));
    for (const value of [format(point.fps), format(point.latency_ms), format(point.gops),
      `${(point.utilization * 100).toFixed(1)} %`, format(point.dsp), format(point.bram36), format(point.uram),
      accuracyText(point)]) row.append(element('td', {}, value));
    for (const key of keys) row.append(element('td', {class: 'word'}, point.settings[key] ?? ''));
    body.append(row);
  }
  byId('front').replaceChildren(element('thead', {}, head), body);
  byId('front-same').textContent = same.length === 0 ? '' :
    `the same in all rows: ${same.map((key) => `${key}=${points[0].settings[key]}`).join(', ')}`;
  byId('front-note').textContent = points.length === 0 ? 'No point fits its device.'
    : state.model.measured ? 'More frames a second, fewer DSPs, more accuracy: no other point is better in all three.'
      : 'Accuracy not measured: one front per recipe. More frames a second, fewer DSPs: no other point of the recipe ' +
        'is better in both.';
}

function facts(rows) {
  const list = element('dl', {class: 'facts'});
  for (const [name, value] of rows) list.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  return list;
}

function drawChosen() {
  const point = state.chosen;
  byId('chosen').replaceChildren();
  byId('layers').replaceChildren();
  byId('design').textContent = '';
  if (!point) return;
  byId('chosen').append(facts([['recipe', point.recipe], ...Object.entries(point.settings),
    ['frames a second', format(point.fps)], ['latency', `${format(point.latency_ms)} ms`], ['GOPS', format(point.gops)],
    ['utilization', `${(point.utilization * 100).toFixed(1)} %`], ['DSP', format(point.dsp)],
    ['BRAM36', format(point.bram36)], ['URAM', format(point.uram)], ['fits the device', point.fits ? 'yes' : 'no'],
    ['DRAM read, a frame', `${format(point.dram_read_bytes / 1e6)} MB`],
    ['DRAM written, a frame', `${format(point.dram_write_bytes / 1e6)} MB`],
    ['energy a frame', point.energy_mj === null ? 'not modelled' : `${format(point.energy_mj)} mJ`],
    ['power', point.power_w === null ? 'not modelled' : `${format(point.power_w)} W`],
    ['stalls of the engines', stallText(point) || 'not known'],
    ['accuracy', point.accuracy ? `${accuracyText(point)} ${metricName(point.accuracy.metric)}, ` +
      `${point.accuracy.images} images` : `not measured: ${point.note}`]]));
  byId('design').textContent = report.designs[point.hash] ?? 'Kept for the points of the fronts; see store.sqlite.';
  drawLayers(point);
}

function drawLayers(point) {
  const layers = report.layers[point.hash];
  byId('layer-order').replaceChildren();
  if (!layers || layers.length === 0) {
    byId('layers').append(element('p', {class: 'empty'},
        'Layers are kept here for the points of the fronts; all are in store.sqlite.'));
    return;
  }
  for (const [name, longest] of [['in order', false], ['longest first', true]]) {
    byId('layer-order').append(element('button', {class: state.longest === longest ? 'on' : '',
      onclick: () => { state.longest = longest; drawChosen(); }}, name));
  }
  for (const [name, reasons] of [['stalls by reason', true], ['by what was awaited', false]]) {
    byId('layer-order').append(element('button', {class: state.reasons === reasons ? 'on' : '',
      onclick: () => { state.reasons = reasons; drawChosen(); }}, name));
  }
  const causes = [...new Set(layers.flatMap((l) => Object.keys(stallsOf(l))))].sort();
  const colour = {busy: kBusy};
  causes.forEach((cause, i) => { colour[cause] = kCauses[i % kCauses.length]; });
  const key = element('p', {class: 'legend'});
  for (const name of ['busy', ...causes]) {
    key.append(element('span', {}, element('i', {style: `background:${colour[name]}`}), name));
  }
  const rows = layers.map((l) => {
    const stalls = stallsOf(l);
    return {layer: l, parts: [['busy', l.busy_cycles], ...causes.map((c) => [c, stalls[c] ?? 0])]};
  });
  for (const row of rows) row.total = row.parts.reduce((sum, part) => sum + part[1], 0);
  if (state.longest) rows.sort((a, b) => b.total - a.total);
  const width = 1160, left = 320, line = 17, most = Math.max(...rows.map((r) => r.total), 1);
  byId('layers').append(key);
  const svg = shape(byId('layers'), 'svg', {viewBox: `0 0 ${width} ${rows.length * line + 4}`});
  rows.forEach((row, i) => {
    const y = i * line + 2;
    const group = shape(svg, 'g', {});
    shape(group, 'text', {x: left - 8, y: y + 12, 'text-anchor': 'end'}, shortLayer(row.layer.name));
    let x = left;
    for (const [name, cycles] of row.parts) {
      const size = cycles / most * (width - left - 80);
      if (size > 0) shape(group, 'rect', {x, y: y + 1, width: size, height: line - 4, fill: colour[name]});
      x += size;
    }
    shape(group, 'text', {x: x + 6, y: y + 12}, format(row.total));
    const l = row.layer;
    group.onmousemove = (event) => showTip(event, tipRows([['layer', l.name], ['operator', l.op], ['region', l.region],
      ['engine', l.engine], ['cycles', `${format(l.start_cycle)} to ${format(l.end_cycle)}`], ['MACs', format(l.macs)],
      ['read', `${format(l.read_bytes)} B`], ['written', `${format(l.write_bytes)} B`],
      ...row.parts.filter((part) => part[1] > 0).map(([name, cycles]) => [name, format(cycles)])]));
    group.onmouseleave = hideTip;
  });
}

function drawFailures() {
  const failed = report.points.filter((p) => p.model === state.model.model && p.status !== 'ok');
  byId('failures').hidden = failed.length === 0;
  const body = element('tbody');
  for (const point of failed) {
    body.append(element('tr', {}, element('td', {class: 'word'}, point.status),
        element('td', {class: 'word'}, point.recipe),
        element('td', {class: 'word'}, Object.entries(point.settings).map(([k, v]) => `${k}=${v}`).join(' ')),
        element('td', {class: 'word'}, point.reason)));
  }
  byId('failures').replaceChildren(element('details', {}, element('summary', {}, `${failed.length} points without a result`),
      element('div', {class: 'scroll'}, element('table', {}, body))));
}

function choose(point) {
  state.chosen = point;
  draw();
}

function show(model) {
  state.model = model;
  state.chosen = model.best === null ? null : report.points[model.best];
  draw();
}

function draw() {
  const model = state.model;
  byId('title').textContent = report.title;
  document.title = `${report.title} - Tridex report`;
  byId('counts').textContent = `${model.model}: ${model.fitting} points fit their device, ${model.misfits} do not ` +
    `(hollow), ${model.failed} without a result. Tridex ${report.version}.`;
  byId('models').replaceChildren();
  if (report.models.length > 1) {
    for (const one of report.models) {
      byId('models').append(element('button', {class: one === model ? 'on' : '', onclick: () => show(one)}, one.model));
    }
  }
  drawPlots();
  drawFront();
  drawChosen();
  drawFailures();
}

if (state.model) show(state.model);
