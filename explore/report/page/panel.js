// A figure with an ECharts chart in it. Charts of many points are drawn on a canvas, the others as SVG, which prints well.
class Panel {
  constructor(host, {canvas = false, label}) {
    this.host = host;
    this.plot = element('div', {class: 'plot', role: 'img', 'aria-label': label, tabindex: canvas ? '0' : null});
    host.append(this.plot);
    this.chart = echarts.init(this.plot, null, {renderer: canvas ? 'canvas' : 'svg'});
    new ResizeObserver(() => {
      if (this.plot.clientWidth > 0) {
        this.chart.resize();
        this.resized?.();
      }
    }).observe(this.plot);
  }

  label(text) { this.plot.setAttribute('aria-label', text); }

  height(pixels) {
    if (this.plot.style.height === `${pixels}px`) return;
    this.plot.style.height = `${pixels}px`;
    this.chart.resize();
  }

  // Everything anew; with `keep` the parts that are there are changed, which is faster, so there must be the same parts.
  set(option, keep = false) {
    this.chart.setOption({animation: false, textStyle: {color: colourOf('soft'), fontFamily: kFont}, ...option},
        {notMerge: !keep, silent: true});
  }
}

// Of page.css: ECharts measures texts by it.
const kFont = 'system-ui, "DejaVu Sans", sans-serif';

// Axes, tips and legends that look alike in all charts.
function axisStyle(more = {}) {
  return {
    axisLine: {show: true, onZero: false, lineStyle: {color: colourOf('soft')}}, axisTick: {show: true},
    axisLabel: {color: colourOf('soft'), hideOverlap: true, formatter: more.type === 'category' ? undefined : (v) => compact(v),
      ...more.axisLabel},
    splitLine: {show: more.type !== 'category', lineStyle: {color: colourOf('line')}},
    nameTextStyle: {color: colourOf('ink')}, nameLocation: 'middle',
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'axisLabel')),
  };
}

// Bars of layers, a row each: {layer: {name, ...}, ...}.
const kLayerGrid = {left: 8, right: 30, top: 30, bottom: 36, containLabel: true};
function layerAxis(rows, panel) {
  return axisStyle({type: 'category', data: rows.map((row) => shortLayer(row.layer.name)), axisTick: {show: false},
    axisLabel: {interval: 0, fontSize: 11, width: Math.min(230, panel.plot.clientWidth * 0.33), overflow: 'truncate'}});
}
function compact(value) {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(4))} M`;
  return Math.abs(value) >= 1e4 ? `${Number((value / 1e3).toPrecision(4))} k` : String(Number(value.toPrecision(6)));
}
const legendStyle = (more = {}) => ({type: onPaperNow() ? 'plain' : 'scroll', top: 0, itemWidth: 14, itemHeight: 10,
  textStyle: {color: colourOf('ink')}, pageTextStyle: {color: colourOf('ink')}, pageIconColor: colourOf('soft'), ...more});
const tipStyle = (more = {}) => ({confine: true, backgroundColor: colourOf('tip'), borderWidth: 0,
  textStyle: {color: colourOf('tip-ink'), fontSize: 13}, extraCssText: 'white-space: normal', ...more});
const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}[c]));
const tipHtml = (title, rows) => `<b>${escapeHtml(title)}</b>` +
    `<table>${rows.map(([n, v]) => `<tr><th>${escapeHtml(n)}</th><td>${escapeHtml(v)}</td></tr>`).join('')}</table>`;
