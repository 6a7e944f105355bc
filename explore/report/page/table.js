// All points that are shown, of which only the rows in sight are in the document.
const kRowHeight = 30;

class PointTable {
  constructor(host) {
    this.scroll = host;
    this.table = element('table', {'aria-label': 'Points'});
    this.head = element('thead');
    this.body = element('tbody');
    this.table.append(this.head, this.body);
    host.append(this.table);
    this.key = 'fps';
    this.up = false;
    host.addEventListener('scroll', () => this.draw());
    new ResizeObserver(() => this.draw()).observe(host);
    views.push(this);
  }

  modelled() {
    this.columns = [...objectiveKeys.map((key) => dimensions.get(key)), ...tellingAxes()];
    if (!this.columns.some((one) => one.key === this.key)) this.key = this.columns[0]?.key;
    this.header();
  }

  header() {
    this.ordered = null;
    const row = element('tr', {}, element('th', {scope: 'col', class: 'word'}, 'point'));
    for (const one of this.columns) {
      const on = this.key === one.key;
      const sort = element('button', {type: 'button', title: `sort by ${one.label}`, onclick: () => {
        this.up = on ? !this.up : one.larger === false || one.larger === undefined;
        this.key = one.key;
        this.header();
        this.filtered();
      }}, `${one.levels ? shortKey(one.label) : titleOf(one.key)}${on ? (this.up ? ' ▲' : ' ▼') : ''}`);
      row.append(element('th', {scope: 'col', class: one.levels ? 'word' : '', 'aria-sort': on ? (this.up ? 'ascending' : 'descending') : 'none'}, sort));
    }
    row.append(element('th', {scope: 'col', class: 'word'}, 'copy'));
    this.head.replaceChildren(row);
  }

  // All points in the order of a column are sorted once.
  sorted() {
    const {values} = dimensions.get(this.key), sign = this.up ? 1 : -1;
    return Uint32Array.from(state.all).sort((a, b) => {
      const x = values[a], y = values[b];
      if (x === y) return a - b;
      return Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : (x - y) * sign;
    });
  }

  filtered() {
    if (!dimensions.has(this.key)) return;
    this.ordered ??= this.sorted();
    this.order = this.ordered.filter((i) => state.mask[i]);
    this.table.setAttribute('aria-rowcount', this.order.length + 1);
    this.drawn = null;
    this.draw();
  }
  chosen() { this.drawn = null; this.draw(); }

  // What is in sight, between two rows as high as all that is not.
  draw(least = 0) {
    if (!this.order) return;
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / kRowHeight) - 4);
    const last = Math.min(this.order.length, Math.max(least, first + Math.ceil(this.scroll.clientHeight / kRowHeight) + 8));
    if (this.drawn === `${first} ${last}`) return;
    this.drawn = `${first} ${last}`;
    const space = (rows) => element('tr', {class: 'space', 'aria-hidden': 'true'}, element('td', {colspan: this.columns.length + 2,
      style: `height:${rows * kRowHeight}px`}));
    const rows = [];
    if (first > 0) rows.push(space(first));
    for (let k = first; k < last; ++k) rows.push(this.row(this.order[k], k));
    if (last < this.order.length) rows.push(space(this.order.length - last));
    this.body.replaceChildren(...rows);
  }

  row(point, at) {
    const kind = point === state.a ? 'chosen' : point === state.b ? 'other' : '';
    const name = element('button', {type: 'button', class: 'link', title: 'open; with shift: put beside the open one'}, shortHash(point));
    const row = element('tr', {class: kind, 'aria-rowindex': at + 2, 'data-point': point,
      onclick: (event) => (event.shiftKey ? chooseOther : choose)(point)},
        element('td', {class: 'word'}, kind === 'chosen' ? 'A ' : kind === 'other' ? 'B ' : '', name));
    for (const one of this.columns) {
      const value = one.values[point];
      row.append(element('td', {class: one.levels ? 'word' : ''}, one.levels ? one.text(value) : format(value)));
    }
    row.append(element('td', {class: 'word'}, element('button', {type: 'button', class: 'link', title: 'copy the design as YAML',
      onclick: (event) => { event.stopPropagation(); copyText(designOf(point), 'design'); }}, 'YAML')));
    return row;
  }

  // The rows that are shown, in their order, as a YAML list.
  yaml() {
    const scalar = (value) => value === undefined ? 'null' : /^[A-Za-z_][\w.]*$|^-?\d+(\.\d+)?$/.test(value) ? value : JSON.stringify(value);
    return Array.from(this.order, (point) => [`- hash: "${source.hashes[point]}"`, `  recipe: ${scalar(choiceOf('recipe', point))}`,
      '  settings:' + (settingsOf(point).length === 0 ? ' {}' : ''),
      ...settingsOf(point).map((key) => `    ${key}: ${scalar(settingOf(key, point))}`),
      ...objectiveKeys.map((key) => `  ${key}: ${Number.isNaN(numbers[key][point]) ? 'null' : numbers[key][point]}`)].join('\n')).join('\n') + '\n';
  }
}
