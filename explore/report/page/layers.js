// The open point: its figures, its layers' time and stalls, and what they move.
const kShownCauses = 6;  // the others are one colour

// Stalled cycles of a layer by reason, or by what was awaited: "input.row_miss" is the reason "row_miss" of "input".
function stallsBy(layer, reasons) {
  const sums = {};
  for (const [name, cycles] of Object.entries(layer.stalls)) {
    const dot = name.indexOf('.'), own = dot < 0 ? name : reasons ? name.slice(dot + 1) : name.slice(0, dot);
    sums[own] = (sums[own] ?? 0) + cycles;
  }
  return sums;
}
const spent = (layer) => layer.busy + Object.values(layer.stalls).reduce((sum, cycles) => sum + cycles, 0);

class PointView {
  constructor() {
    this.longest = false;
    this.reasons = true;
    this.stalls = new Panel(byId('layers'), {label: ''});
    this.traffic = new Panel(byId('traffic'), {label: ''});
    this.buttons();
    views.push(this);
  }

  buttons() {
    const bar = byId('layer-order');
    bar.replaceChildren();
    choiceButtons(bar, 'order of the layers', [[false, 'in order'], [true, 'longest first']], this.longest,
        (value) => { this.longest = value; this.buttons(); this.drawStalls(); });
    choiceButtons(bar, 'stalls', [[true, 'stalls by reason'], [false, 'by what was awaited']], this.reasons,
        (value) => { this.reasons = value; this.buttons(); this.drawStalls(); });
  }

  chosen() {
    const point = state.a;
    byId('point').hidden = point === null;
    if (point === null) return;
    this.layers = layersOf(point);
    byId('point-title').textContent = `Point ${shortHash(point)}`;
    const list = element('dl', {class: 'facts'});
    const fact = (name, value) => list.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
    for (const [name, value] of pointRows(point)) fact(name, value);
    for (const key of ['gops', 'utilization', 'uram', 'lut', 'ff']) {
      fact(dimensions.get(key).label, key === 'utilization' ? `${format(numbers[key][point] * 100, 3)} %` : format(numbers[key][point]));
    }
    for (const [key, name] of [['dram_read_bytes', 'DRAM read, a frame'], ['dram_write_bytes', 'DRAM written, a frame']]) {
      fact(name, `${format(numbers[key][point] / 1e6)} MB`);
    }
    if (Number.isNaN(numbers.accuracy[point])) fact('accuracy', `not measured: ${choiceOf('accuracy_note', point)}`);
    else fact('accuracy is', `${choiceOf('metric', point) === 'miou' ? 'mIoU' : 'top-1'}, ${format(numbers.accuracy_images[point])} images`);
    fact('fidelity', choiceOf('fidelity', point));
    byId('facts').replaceChildren(list);
    byId('design').textContent = designOf(point);
    byId('no-layers').hidden = this.layers !== null;
    byId('with-layers').hidden = this.layers === null;
    if (this.layers) {
      this.drawStalls();
      this.drawTraffic();
    }
  }
  themed() { this.chosen(); }

  drawStalls() {
    if (!this.layers) return;
    const rows = this.layers.map((layer) => ({layer, stalls: stallsBy(layer, this.reasons), total: spent(layer)}));
    if (this.longest) rows.sort((a, b) => b.total - a.total);
    rows.reverse();  // the first one on top
    const sums = {};
    for (const row of rows) for (const [cause, cycles] of Object.entries(row.stalls)) sums[cause] = (sums[cause] ?? 0) + cycles;
    const causes = Object.keys(sums).filter((cause) => sums[cause] > 0).sort((a, b) => sums[b] - sums[a]);
    const shown = causes.slice(0, kShownCauses), others = causes.slice(kShownCauses);
    const colours = ['orange', 'sky', 'green', 'vermilion', 'purple', 'yellow'].map((c) => kOkabeIto[c]);
    const all = rows.reduce((sum, row) => sum + row.total, 0);
    const bars = [['busy', kOkabeIto.blue, (row) => row.layer.busy],
      ...shown.map((cause, at) => [cause, colours[at], (row) => row.stalls[cause] ?? 0])];
    if (others.length > 0) bars.push(['other stalls', kOkabeIto.grey, (row) => others.reduce((sum, c) => sum + (row.stalls[c] ?? 0), 0)]);
    this.stalls.height(64 + 17 * rows.length);
    this.stalls.set({
      grid: kLayerGrid,
      legend: legendStyle(),
      xAxis: axisStyle({type: 'value', name: 'cycles of the first frame, all engines added', nameGap: 24}),
      yAxis: layerAxis(rows, this.stalls),
      tooltip: tipStyle({trigger: 'axis', axisPointer: {type: 'shadow'}, formatter: (items) => {
        const {layer, stalls, total} = rows[items[0].dataIndex];
        return tipHtml(layer.name, [['operator', layer.op], ['region', layer.region], ['engine', layer.engine],
          ['cycles', `${format(layer.start)} to ${format(layer.end)}`], ['MACs', format(layer.macs)],
          ['read', `${format(layer.read)} B`], ['written', `${format(layer.written)} B`], ['busy', format(layer.busy)],
          ...causes.filter((cause) => stalls[cause] > 0).map((cause) => [cause, format(stalls[cause])]), ['all', format(total)]]);
      }}),
      series: bars.map(([name, colour, of]) => ({name, type: 'bar', stack: 'all', barWidth: 12, itemStyle: {color: colour},
        data: rows.map(of)})),
    });
    const share = (cycles) => `${(cycles / all * 100).toFixed(0)} %`;
    this.stalls.label(`Cycles of ${rows.length} layers. Busy ${share(rows.reduce((sum, row) => sum + row.layer.busy, 0))}; ` +
      causes.map((cause) => `${cause} ${share(sums[cause])}`).join(', '));
  }

  drawTraffic() {
    const {layers} = this, bytes = (one) => one / 1024;
    this.traffic.set({
      grid: {left: 58, right: 12, top: 30, bottom: 40},
      legend: legendStyle(),
      xAxis: axisStyle({type: 'category', name: 'layers in order', nameGap: 26, data: layers.map((_, at) => at + 1)}),
      yAxis: axisStyle({type: 'value', name: 'KiB, first frame', nameGap: 42}),
      tooltip: tipStyle({trigger: 'axis', axisPointer: {type: 'shadow'}, formatter: (items) => {
        const layer = layers[items[0].dataIndex];
        return tipHtml(layer.name, [['read', `${format(layer.read)} B`], ['written', `${format(layer.written)} B`],
          ['MACs a byte', layer.read + layer.written > 0 ? format(layer.macs / (layer.read + layer.written)) : 'no traffic']]);
      }}),
      series: [['read', kOkabeIto.blue], ['written', kOkabeIto.orange]].map(([key, colour]) => ({name: key, type: 'bar',
        stack: 'all', barCategoryGap: '20%', itemStyle: {color: colour}, data: layers.map((layer) => bytes(layer[key]))})),
    });
    const sum = (key) => layers.reduce((all, layer) => all + layer[key], 0);
    this.traffic.label(`DRAM traffic of the layers: ${format(sum('read') / 1e6)} MB read, ${format(sum('written') / 1e6)} MB written`);
  }
}
