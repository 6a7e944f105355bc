// Of a search: the hypervolume of its front as it grew.
class SearchView {
  constructor() {
    const {search} = source;
    byId('search').hidden = !search;
    if (!search) return;
    byId('search-note').textContent = [`${search.name ?? 'search'}: ${search.algorithm ?? ''}, seed ${search.seed ?? 'not said'}`,
      `objectives ${search.objectives.map((one) => `${one.name} (${one.direction})`).join(', ')}`,
      search.reference ? `reference point ${search.reference.map((v) => format(v)).join(', ')}` : '',
      `${search.front.length} points on the front`].filter((text) => text).join('; ') + '.';
    this.panel = new Panel(byId('search-plot'), {label: ''});
    views.push(this);
    this.themed();
  }
  themed() {
    const {generations} = source.search, last = generations[generations.length - 1];
    this.panel.set({
      grid: {left: 64, right: 20, top: 12, bottom: 44},
      xAxis: axisStyle({type: 'value', name: 'evaluations', nameGap: 28}),
      yAxis: axisStyle({type: 'value', name: 'hypervolume', nameGap: 48, scale: true}),
      tooltip: tipStyle({trigger: 'axis', formatter: (items) => tipHtml(`${format(items[0].data[0])} evaluations`,
          [['hypervolume', format(items[0].data[1], 6)]])}),
      series: [{type: 'line', step: 'end', symbolSize: 4, lineStyle: {color: colourOf('accent'), width: 2},
        itemStyle: {color: colourOf('accent')}, data: generations.map((one) => [one.evaluations, one.hypervolume])}],
    });
    this.panel.label(last ? `Hypervolume ${format(last.hypervolume, 6)} after ${last.evaluations} evaluations` : 'No generation yet');
  }
}
