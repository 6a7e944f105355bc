// Two points beside each other: figures, the lines of their designs that differ, the layers that made the difference.
class Compare {
  constructor() {
    this.panel = new Panel(byId('compare-layers'), {label: ''});
    views.push(this);
  }
  themed() { this.chosen(); }

  chosen() {
    const {a, b} = state;
    byId('compare').hidden = a === null || b === null || a === b;
    byId('keep').disabled = a === null;
    if (byId('compare').hidden) return;
    byId('compare-title').textContent = `A ${shortHash(a)} beside B ${shortHash(b)}`;
    this.figures(a, b);
    this.designs(a, b);
    this.layers(a, b);
  }

  figures(a, b) {
    const body = element('tbody');
    for (const axis of tellingAxes()) {
      const [one, two] = [a, b].map((i) => axis.text(axis.values[i]));
      body.append(element('tr', {class: one === two ? '' : 'differs'}, element('th', {scope: 'row'}, axis.label),
          element('td', {}, one), element('td', {}, two), element('td', {}, '')));
    }
    for (const key of [...objectiveKeys, 'gops', 'utilization', 'uram', 'lut', 'ff']) {
      const dimension = dimensions.get(key), one = dimension.values[a], two = dimension.values[b];
      const better = dimension.larger === undefined || one === two ? '' : (two > one) === dimension.larger ? ' better' : ' worse';
      body.append(element('tr', {}, element('th', {scope: 'row'}, dimension.label), element('td', {}, dimension.text(one)),
          element('td', {}, dimension.text(two)),
          element('td', {class: better.trim()}, one > 0 && !Number.isNaN(two) ? `${(two / one).toFixed(3)} x${better}` : '')));
    }
    byId('compare-figures').replaceChildren(element('thead', {}, element('tr', {},
        ...['', 'A', 'B', 'B / A'].map((name) => element('th', {scope: 'col'}, name)))), body);
  }

  designs(a, b) {
    const lines = lineDifference(designOf(a), designOf(b)), host = byId('compare-design');
    host.replaceChildren();
    // Two lines around what differs say where in the design it is.
    const near = (at) => lines.slice(Math.max(0, at - 2), at + 3).some(([kind]) => kind !== ' ');
    let left = false;
    lines.forEach(([kind, text], at) => {
      if (!near(at)) {
        if (!left) host.append(element('span', {class: 'gap'}, '…\n'));
        left = true;
        return;
      }
      left = false;
      host.append(element({'-': 'del', '+': 'ins', ' ': 'span'}[kind], {}, `${kind} ${text}\n`));
    });
    if (lines.every(([kind]) => kind === ' ')) host.textContent = 'The designs are the same; recipe or network differ.';
  }

  layers(a, b) {
    const [one, two] = [layersOf(a), layersOf(b)];
    byId('compare-layers').hidden = !one || !two;
    byId('compare-layers-note').textContent = !one || !two ? 'Layers of one of the two are not kept in this page.' : '';
    if (!one || !two) return;
    const other = new Map(two.map((layer) => [layer.name, layer]));
    const rows = one.filter((layer) => other.has(layer.name))
        .map((layer) => ({layer, other: other.get(layer.name)}))
        .map((row) => ({...row, gain: (row.other.end - row.other.start) - (row.layer.end - row.layer.start)}))
        .sort((x, y) => Math.abs(y.gain) - Math.abs(x.gain)).slice(0, 15).reverse();
    this.panel.height(70 + 30 * rows.length);
    this.panel.set({
      grid: kLayerGrid,
      legend: legendStyle(),
      xAxis: axisStyle({type: 'value', name: 'cycles from start to end', nameGap: 24}),
      yAxis: layerAxis(rows, this.panel),
      tooltip: tipStyle({trigger: 'axis', axisPointer: {type: 'shadow'}, formatter: (items) => {
        const {layer, other: second} = rows[items[0].dataIndex], [x, y] = [stallsBy(layer, true), stallsBy(second, true)];
        const parts = [...new Set([...Object.keys(x), ...Object.keys(y)])].filter((cause) => (x[cause] ?? 0) !== (y[cause] ?? 0));
        return tipHtml(layer.name, [['cycles', `${format(layer.end - layer.start)}, ${format(second.end - second.start)}`],
          ['busy', `${format(layer.busy)}, ${format(second.busy)}`],
          ...parts.map((cause) => [cause, `${format(x[cause] ?? 0)}, ${format(y[cause] ?? 0)}`])]);
      }}),
      series: [['A', kOkabeIto.blue, (row) => row.layer], ['B', kOkabeIto.orange, (row) => row.other]].map(([name, colour, of]) => ({
        name, type: 'bar', barGap: '10%', itemStyle: {color: colour}, data: rows.map((row) => of(row).end - of(row).start)})),
    });
    this.panel.label(`Layers that differ most: ${[...rows].reverse().map((row) => `${shortLayer(row.layer.name)} ${format(row.gain)} cycles`).join(', ')}`);
  }
}
