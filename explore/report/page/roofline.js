// The open point's layers under what its multipliers and its memory allow, and how full its buffers are.
class Roofline {
  constructor() {
    this.panel = new Panel(byId('roofline'), {label: ''});
    this.buffers = new Panel(byId('buffers'), {label: ''});
    views.push(this);
  }
  themed() { this.chosen(); }

  chosen() {
    const layers = state.a === null ? null : layersOf(state.a);
    if (!layers) return;
    this.drawRoof(layers);
    this.drawBuffers(source.detail.points[state.a].buffers);
  }

  drawRoof(layers) {
    const point = state.a, clock = numbers.cycles[point] / (numbers.latency_ms[point] / 1000);  // cycles a second
    const peak = numbers.gops[point] / numbers.utilization[point];  // GOPS: two operations a MAC
    const bandwidth = source.detail.points[point].bandwidth;        // bytes a second
    const moved = layers.filter((one) => one.macs > 0 && one.end > one.start).map((one) => ({layer: one,
      gops: 2 * one.macs / ((one.end - one.start) / clock) / 1e9, intensity: 2 * one.macs / (one.read + one.written)}));
    const finite = moved.filter((one) => Number.isFinite(one.intensity)).map((one) => one.intensity);
    const whole = 2 * numbers.macs[point] / (numbers.dram_read_bytes[point] + numbers.dram_write_bytes[point]);
    const ends = [...finite, ...(Number.isFinite(whole) ? [whole] : []), ...(bandwidth ? [peak * 1e9 / bandwidth] : [])];
    const left = 10 ** Math.floor(Math.log10(Math.min(...ends, 1))), right = 10 ** Math.ceil(Math.log10(Math.max(...ends) * 2));
    const roof = bandwidth ? [[left, bandwidth * left / 1e9], [peak * 1e9 / bandwidth, peak], [right, peak]] : [[left, peak], [right, peak]];
    const total = layers.reduce((sum, one) => sum + one.end - one.start, 0);
    const dot = (one) => ({value: [Math.min(one.intensity, right * 0.93), one.gops], layer: one,
      symbol: Number.isFinite(one.intensity) ? 'circle' : 'triangle',
      symbolSize: 6 + 26 * Math.sqrt((one.layer.end - one.layer.start) / total)});
    const regions = [...new Set(moved.map((one) => one.layer.region))];
    this.panel.set({
      grid: {left: 58, right: 20, top: 30, bottom: 44},
      legend: legendStyle(),
      xAxis: axisStyle({type: 'log', name: 'operations a byte of DRAM traffic', nameGap: 28, min: left, max: right}),
      yAxis: axisStyle({type: 'log', name: 'GOPS', nameGap: 42}),
      tooltip: tipStyle({trigger: 'item', formatter: (one) => one.data.layer ? tipHtml(one.data.layer.layer.name, [
        ['GOPS', format(one.data.layer.gops)], ['operations a byte', format(one.data.layer.intensity)],
        ['cycles', format(one.data.layer.layer.end - one.data.layer.layer.start)]]) : tipHtml(one.seriesName, [
        ['GOPS', format(one.data[1])], ['operations a byte', format(one.data[0])]])}),
      series: [
        {name: 'roof', type: 'line', symbol: 'none', silent: true, lineStyle: {color: colourOf('ink'), width: 2},
          itemStyle: {color: colourOf('ink')}, data: roof},
        ...regions.map((region, at) => ({name: region || 'layers', type: 'scatter', itemStyle: {color: kCategories[at % kCategories.length],
          opacity: 0.8}, data: moved.filter((one) => one.layer.region === region).map(dot)})),
        {name: 'whole network', type: 'scatter', symbol: 'diamond', symbolSize: 17, itemStyle: {color: colourOf('front'),
          borderColor: colourOf('paper'), borderWidth: 1}, data: Number.isFinite(whole) ? [[whole, numbers.gops[point]]] : []},
      ],
    });
    byId('roofline-note').textContent = `Roof: ${format(peak)} GOPS` +
      (bandwidth ? `, ${format(bandwidth / 1e9)} GB/s of reads` : '; the memory is ideal, or its file is not here') +
      '. A layer\'s area is its time; what was fetched before it began lets it rise above the slope. Triangles: no DRAM traffic.';
    this.panel.label(`Roofline: peak ${format(peak)} GOPS, the network reaches ${format(numbers.gops[point])} at ${format(whole)} operations a byte`);
  }

  // buffers: [{name, bytes, cycles, most: packed}] of even slices of the run.
  drawBuffers(buffers) {
    byId('buffers-figure').hidden = !buffers;
    byId('no-buffers').hidden = Boolean(buffers);
    if (!buffers) return;
    const colours = [kOkabeIto.blue, kOkabeIto.orange, kOkabeIto.green];
    const tracks = buffers.map((one) => {
      const packed = new Packed(one.most), most = [];
      while (packed.more) most.push(packed.next());
      return {...one, most};
    });
    const last = tracks[0];
    this.buffers.set({
      grid: {left: 50, right: 20, top: 30, bottom: 40},
      legend: legendStyle(),
      xAxis: axisStyle({type: 'value', name: 'cycles', nameGap: 26, max: last.cycles}),
      yAxis: axisStyle({type: 'value', name: '% in use', nameGap: 34, min: 0, max: 100}),
      tooltip: tipStyle({trigger: 'axis', formatter: (items) => tipHtml(`cycle ${format(items[0].data[0])}`,
          items.map((one) => [one.seriesName, `${format(one.data[2] / 1024)} KiB, ${format(one.data[1], 3)} %`]))}),
      series: tracks.map((one, at) => ({name: one.name, type: 'line', step: 'end', symbol: 'none', sampling: 'max',
        lineStyle: {color: colours[at], width: 1.6, type: ['solid', 'dashed', 'dotted'][at]}, itemStyle: {color: colours[at]},
        data: one.most.map((bytes, slice) => [Math.round(slice * one.cycles / one.most.length), bytes / one.bytes * 100, bytes])})),
    });
    this.buffers.label('Most bytes in use at a time: ' +
      tracks.map((one) => `${one.name} ${format(Math.max(...one.most) / one.bytes * 100, 3)} %`).join(', '));
  }
}
