// The data in #data (explore/report/page_data.cpp writes it) as typed columns: an entry a point, NaN or -1 for none.
const source = JSON.parse(byId('data').textContent);
const kPoints = source.hashes.length;

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// explore/report/packed.h: seven bits a byte, the least first; value + 1, 0 for none.
class Packed {
  constructor(text) {
    this.bytes = bytesOf(text);
    this.at = 0;
  }
  get more() { return this.at < this.bytes.length; }
  next() {
    let value = 0, scale = 1, byte;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value - 1;  // -1: none
  }
}

function numberColumn(column) {
  if (column.doubles) {
    const view = new DataView(bytesOf(column.doubles).buffer);
    return Float64Array.from({length: kPoints}, (_, i) => view.getFloat64(8 * i, true));
  }
  const packed = new Packed(column.whole);
  return Float64Array.from({length: kPoints}, () => {
    const value = packed.next();
    return value < 0 ? NaN : value;
  });
}
function choiceColumn(column, count = kPoints) {
  const packed = new Packed(column.codes);
  return {values: column.values, codes: Int32Array.from({length: count}, () => packed.next())};
}
const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, change(v)]));

const numbers = mapValues(source.numbers, numberColumn);
const choices = mapValues(source.choices, (column) => choiceColumn(column));
const settings = mapValues(source.settings, (column) => choiceColumn(column));
const choiceOf = (name, point) => choices[name].values[choices[name].codes[point]] ?? '';
const settingOf = (key, point) => settings[key].values[settings[key].codes[point]];
const settingsOf = (point) => Object.keys(settings).filter((key) => settings[key].codes[point] >= 0);
const ran = (point) => choiceOf('status', point) === 'ok';
const fits = (point) => numbers.fits[point] === 1;
const shortHash = (point) => source.hashes[point].slice(0, 8);

// Something of a point that has a place on an axis. `values`: numbers, or places in `levels`.
const dimensions = new Map();
function addLevels(key, label, column) {
  const numeric = column.values.every((v) => v !== '' && !Number.isNaN(Number(v)));
  const levels = [...column.values].sort(numeric ? (a, b) => a - b : undefined);
  const place = new Map(levels.map((level, at) => [level, at]));
  const values = Float64Array.from(column.codes, (code) => code < 0 ? NaN : place.get(column.values[code]));
  dimensions.set(key, {key, label, levels, values, unit: '', text: (value) => levels[Math.round(value)] ?? 'none'});
}
function addNumbers(key, label, unit, larger) {
  if (!numbers[key]) return;
  dimensions.set(key, {key, label, unit, larger, levels: null, values: numbers[key],
    text: (value) => withUnit(value, unit)});
}
for (const one of source.objectives) addNumbers(one.name, one.label, one.unit, one.larger);
for (const [key, label, unit] of [['gops', 'GOPS', ''], ['utilization', 'Utilization', ''], ['uram', 'UltraRAM', ''],
  ['lut', 'LUT', ''], ['ff', 'Flip-flops', '']]) addNumbers(key, label, unit);
addLevels('recipe', 'recipe', choices.recipe);
for (const key of Object.keys(settings)) addLevels(`set:${key}`, key, settings[key]);

const isMeasured = (key) => dimensions.get(key).values.some((v) => !Number.isNaN(v));
const objectiveKeys = source.objectives.map((one) => one.name).filter((key) => dimensions.has(key) && isMeasured(key));
const settingKeys = [...dimensions.keys()].filter((key) => key === 'recipe' || key.startsWith('set:'));
const titleOf = (key) => {
  const one = dimensions.get(key);
  return one.unit ? `${one.label}, ${one.unit}` : one.label;
};

// Designs of one number of lines share their lines but for those that are a choice (page_data.cpp, designs_of).
const designForms = source.designs.map((form) => {
  const places = new Map(), who = new Packed(form.points);
  for (let next = 0; who.more;) {
    next += who.next();
    places.set(next++, places.size);
  }
  return {places, lines: form.lines.map((line) => typeof line === 'string' ? line : choiceColumn(line, places.size))};
});
function designOf(point) {
  const form = designForms.find((one) => one.places.has(point)), place = form.places.get(point);
  return form.lines.map((line) => typeof line === 'string' ? line : line.values[line.codes[place]]).join('\n');
}

// Layers of a point, null where they are not in the page: {name, region, op, engine, macs, start, end, busy, read,
// written, stalls: {"cause" or "what was awaited.on what it was spent": cycles}}.
function layersOf(point) {
  const kept = source.detail.points[point];
  if (!kept) return null;
  const packed = new Packed(kept.layers);
  return source.detail.tables[kept.table].map(([name, region, op, engine, macs]) => {
    const layer = {name, region, op, engine, macs, stalls: {}};
    for (const key of ['start', 'end', 'busy', 'read', 'written']) layer[key] = packed.next();
    for (let left = packed.next(); left > 0; --left) {
      const cause = source.detail.causes[packed.next()];
      layer.stalls[cause] = packed.next();
    }
    return layer;
  });
}
