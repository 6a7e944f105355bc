// What is shown, and who is told when it changes. A view has any of: filtered(), chosen(), themed(), resized().
const state = {
  model: null,         // of source.models
  all: [],             // points of the network that have run
  shown: new Uint32Array(0),     // those that pass every filter
  mask: new Uint8Array(kPoints),  // 1 for those
  ranges: new Map(),   // dimension key -> [low, high] of its values, from the parallel coordinates
  words: '', wordsTest: null,
  onlyFits: true,
  a: null, b: null,    // the point that is open, and the one beside it
};
const views = [];
function tell(what) {
  if (what === 'themed') known.clear();
  for (const view of views) view[what]?.();
}

function applyFilters() {
  const ranges = [...state.ranges].map(([key, [low, high]]) => ({values: dimensions.get(key).values, low, high}));
  const shown = new Uint32Array(state.all.length);
  let count = 0;
  state.mask.fill(0);
  for (const i of state.all) {
    if (state.onlyFits && numbers.fits[i] !== 1) continue;
    let inside = true;
    for (let r = 0; r < ranges.length && inside; ++r) {
      const value = ranges[r].values[i];
      inside = value >= ranges[r].low && value <= ranges[r].high;
    }
    if (!inside || (state.wordsTest && !state.wordsTest(i))) continue;
    state.mask[i] = 1;
    shown[count++] = i;
  }
  state.shown = shown.subarray(0, count);
  byId('shown').textContent = `${format(count)} of ${format(state.all.length)} points shown`;
  tell('filtered');
}

// Many events a frame are one change.
let waiting = 0;
function filterSoon() {
  if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; applyFilters(); });
}

function choose(point) {
  state.a = point;
  tell('chosen');
  say(`Point ${shortHash(point)} opened: ${pointRows(point).map((row) => row.join(' ')).join(', ')}`);
}
function chooseOther(point) {
  state.b = point;
  tell('chosen');
}

function showModel(model) {
  state.model = model;
  const at = choices.model.values.indexOf(model.model);
  state.all = [];
  for (let i = 0; i < kPoints; ++i) if (choices.model.codes[i] === at && ran(i)) state.all.push(i);
  state.a = model.best;
  state.b = null;
  state.ranges.clear();
  tell('modelled');
  applyFilters();
  tell('chosen');
}

// Axes that have more than one level in this network.
function tellingAxes() {
  return settingKeys.map((key) => dimensions.get(key))
      .filter((axis) => new Set(state.all.map((i) => axis.values[i])).size > 1);
}

function pointRows(point) {
  const rows = tellingAxes().map((axis) => [axis.label, axis.text(axis.values[point])]);
  for (const key of objectiveKeys) rows.push([dimensions.get(key).label, dimensions.get(key).text(numbers[key][point])]);
  if (!fits(point)) rows.push(['fits the device', 'no']);
  return rows;
}
