// Pure functions on columns and indices: nothing here draws.

// What frontOf() goes through: points that have all objectives ({values, larger} each), the best in the first objective
// first, of equals the best in the next one; and their values, an objective after the other, with more being better.
function frontOrder(points, objectives) {
  const has = points.filter((i) => objectives.every((o) => !Number.isNaN(o.values[i])));
  has.sort((a, b) => {
    for (const {values, larger} of objectives) {
      if (values[a] !== values[b]) return larger ? values[b] - values[a] : values[a] - values[b];
    }
    return a - b;
  });
  const columns = objectives.map(({values, larger}) => Float64Array.from(has, (i) => larger ? values[i] : -values[i]));
  return {points: Uint32Array.from(has), columns};
}

// Points with `allowed` 1 that no other one dominates: nowhere better, somewhere worse. Two or three objectives.
// Who comes later is not better in the first one, so it is dominated when an earlier one is as good in the others, unless
// both are equal in all. Of the earlier ones only those count that are best in the second and third: `steps`, in rising
// order of the second and so in falling order of the third.
function frontOf({points, columns}, allowed) {
  const [first, second, third = new Float64Array(points.length)] = columns, front = [], steps = [];
  for (let at = 0; at < points.length; ++at) {
    if (!allowed[points[at]]) continue;
    let low = 0, high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (second[steps[middle]] < second[at]) low = middle + 1;
      else high = middle;
    }
    const rival = steps[low];
    if (rival !== undefined && third[rival] >= third[at]) {
      if (first[rival] === first[at] && second[rival] === second[at] && third[rival] === third[at]) front.push(points[at]);
      continue;
    }
    front.push(points[at]);
    let from = low;
    while (from > 0 && third[steps[from - 1]] <= third[at]) --from;
    const to = rival !== undefined && second[rival] === second[at] ? low + 1 : low;
    steps.splice(from, to - from, at);
  }
  return front;
}

// The effect of each axis on an objective: the mean of the points of each of its levels. Sorted by their spread.
function mainEffects(points, axes, values) {
  const effects = [];
  for (const axis of axes) {
    const sums = new Float64Array(axis.levels.length), counts = new Uint32Array(axis.levels.length);
    for (let k = 0; k < points.length; ++k) {
      const level = axis.values[points[k]], value = values[points[k]];
      if (Number.isNaN(level) || Number.isNaN(value)) continue;
      sums[level] += value;
      ++counts[level];
    }
    const means = axis.levels.map((level, at) => ({level, count: counts[at], mean: sums[at] / counts[at]}))
        .filter((one) => one.count > 0);
    if (means.length < 2) continue;
    const low = means.reduce((a, b) => b.mean < a.mean ? b : a), high = means.reduce((a, b) => b.mean > a.mean ? b : a);
    effects.push({axis, means, low, high, spread: high.mean - low.mean});
  }
  return effects.sort((a, b) => b.spread - a.spread);
}

// Lines of two texts as [' ' | '-' | '+', line], by their longest common subsequence.
function lineDifference(a, b) {
  const [one, two] = [a.split('\n'), b.split('\n')];
  const common = Array.from({length: one.length + 1}, () => new Uint16Array(two.length + 1));
  for (let i = one.length - 1; i >= 0; --i) {
    for (let j = two.length - 1; j >= 0; --j) {
      common[i][j] = one[i] === two[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = [];
  let i = 0, j = 0;
  while (i < one.length || j < two.length) {
    if (i < one.length && j < two.length && one[i] === two[j]) {
      lines.push([' ', one[i++]]);
      ++j;
    } else if (i < one.length && (j === two.length || common[i + 1][j] >= common[i][j + 1])) {
      lines.push(['-', one[i++]]);
    } else {
      lines.push(['+', two[j++]]);
    }
  }
  return lines;
}

// "copies>=8 dsp<1000 recipe!=w4a4 word" as a function of a point; throws what is wrong with it. A word must be in the
// recipe, the settings or the beginning of the hash.
function parseFilter(text) {
  const find = (name) => {
    const wanted = name.toLowerCase();
    for (const one of dimensions.values()) {
      const known = [one.key, one.label, one.key.replace('set:', ''), one.key.split('.').pop()];
      if (known.some((k) => k.toLowerCase() === wanted)) return one;
    }
    throw new Error(`no column "${name}"; there are ${[...dimensions.values()].map((d) => d.key.replace('set:', '')).join(', ')}`);
  };
  const tests = text.split(/\s+/).filter((term) => term).map((term) => {
    const parts = term.match(/^([^<>=!]+)(<=|>=|!=|<|>|=)(.+)$/);
    if (!parts) {
      const word = term.toLowerCase();
      return (i) => source.hashes[i].startsWith(word) || pointWords(i).includes(word);
    }
    const dimension = find(parts[1]), wanted = parts[3], number = Number(wanted);
    const valueOf = dimension.levels ? (i) => dimension.levels[dimension.values[i]] : (i) => dimension.values[i];
    if (parts[2] === '=' || parts[2] === '!=') {
      const equal = (i) => String(valueOf(i)) === wanted || (!Number.isNaN(number) && Number(valueOf(i)) === number);
      return parts[2] === '=' ? equal : (i) => !equal(i);
    }
    if (Number.isNaN(number)) throw new Error(`"${term}": ${wanted} is no number`);
    const compare = {'<': (v) => v < number, '<=': (v) => v <= number, '>': (v) => v > number, '>=': (v) => v >= number};
    return (i) => compare[parts[2]](Number(valueOf(i)));
  });
  return (i) => tests.every((test) => test(i));
}
function pointWords(point) {
  return [choiceOf('recipe', point), ...settingsOf(point).map((key) => `${key}=${settingOf(key, point)}`)]
      .join(' ').toLowerCase();
}
