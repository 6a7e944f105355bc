// What moved an objective: for each axis from the lowest to the highest mean of the points at one of its levels.
class Effects {
  constructor(host) {
    this.bar = element('p', {class: 'controls'});
    host.append(this.bar);
    this.panel = new Panel(host, {label: ''});
    this.note = element('p', {class: 'note'});
    host.append(this.note);
    this.key = objectiveKeys[0];
    views.push(this);
  }

  modelled() {
    const keys = objectiveKeys.filter((key) => state.all.some((i) => !Number.isNaN(numbers[key][i])));
    if (!keys.includes(this.key)) [this.key] = keys;
    this.bar.replaceChildren(selector('of', keys.map((key) => [key, dimensions.get(key).label]), this.key, (key) => {
      this.key = key;
      this.filtered(false);
    }));
    this.axes = tellingAxes();
  }

  filtered(keep = true) {
    const objective = dimensions.get(this.key);
    if (!objective) return;
    // The network alone has an accuracy; means over a search's points would show one of the machine's keys.
    const isOfNetwork = (axis) => axis.key === 'recipe' || /^set:(recipe|network)\./.test(axis.key);
    const all = mainEffects(state.shown, this.axes, objective.values);
    const effects = this.key === 'accuracy' ? all.filter((one) => isOfNetwork(one.axis)) : all;
    const combinations = all.reduce((product, one) => product * one.means.length, 1);
    let sum = 0, count = 0;
    for (let k = 0; k < state.shown.length; ++k) {
      const value = objective.values[state.shown[k]];
      if (!Number.isNaN(value)) {
        sum += value;
        ++count;
      }
    }
    this.panel.plot.hidden = effects.length === 0;
    this.note.textContent = effects.length === 0 ? 'Of the points that are shown no axis has two levels.'
      : `Means of the ${format(count)} points shown, at the level of an axis that has the lowest and at the one that has the ` +
        `highest. Line: the mean of all, ${objective.text(sum / count)}.` + (count >= combinations ? ''
          : ` They are not all ${format(combinations)} combinations of the axes' levels: the points of two levels may differ in ` +
            'other axes too, and their means by those.');
    if (effects.length === 0) return;
    const rows = [...effects].reverse(), ends = (one) => `${one.low.level} → ${one.high.level}`;
    this.panel.height(46 + 34 * rows.length);
    const low = Math.min(...rows.map((one) => one.low.mean)), high = Math.max(...rows.map((one) => one.high.mean));
    this.panel.set({
      grid: {left: 8, right: 22, top: 6, bottom: 40, containLabel: true},
      xAxis: axisStyle({type: 'value', scale: true, name: titleOf(this.key), nameGap: 26,
        min: low - (high - low) * 0.08, max: high + (high - low) * 0.08, axisLabel: {showMinLabel: false, showMaxLabel: false}}),
      yAxis: axisStyle({type: 'category', data: rows.map((one) => `${shortKey(one.axis.label)}\n${ends(one)}`),
        axisLabel: {color: colourOf('ink'), interval: 0, lineHeight: 14, overflow: 'truncate',
          width: Math.min(210, this.panel.plot.clientWidth * 0.42)}}),
      tooltip: tipStyle({trigger: 'item', formatter: (one) => {
        const effect = rows[one.dataIndex];
        return tipHtml(`${effect.axis.label}: ${objective.text(effect.spread)} apart`,
            effect.means.map((m) => [m.level, `${objective.text(m.mean)} (${m.count})`]));
      }}),
      series: [
        {type: 'bar', stack: 'range', silent: true, itemStyle: {color: 'transparent'}, data: rows.map((one) => one.low.mean)},
        {type: 'bar', stack: 'range', barMaxWidth: 16, itemStyle: {color: colourOf('accent'), borderRadius: 3},
          data: rows.map((one) => one.spread), markLine: {symbol: 'none', silent: true, label: {show: false},
            lineStyle: {color: colourOf('front'), type: 'dashed'}, data: [{xAxis: sum / count}]}},
      ],
    }, keep);
    this.panel.label(`What moved ${objective.label}: ` + effects.map((one) => `${one.axis.label} ${objective.text(one.low.mean)} at ` +
      `${one.low.level} to ${objective.text(one.high.mean)} at ${one.high.level}`).join('; '));
  }
  themed() { this.filtered(false); }
}
// The last two parts of a key, and the one before an index: "engines.0.lanes", "schedule.double_buffer". Of one with a
// glob over layers, in which dots part nothing, the last part and the glob: "weight_bits[*stages.0*]".
function shortKey(key) {
  const glob = key.indexOf('[');
  if (glob >= 0) return key.slice(key.lastIndexOf('.', glob) + 1);
  const parts = key.split('.');
  let from = Math.max(0, parts.length - 2);
  while (from > 0 && /^\d/.test(parts[from])) --from;
  return parts.slice(from).join('.');
}
