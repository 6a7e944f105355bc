// Points over two objectives and their Pareto front; a third one is the colour, and then counts for the front, too.
class Scatter {
  constructor(host, [x, y, colour]) {
    this.keys = {x, y, colour};
    this.host = host;
    this.bar = element('p', {class: 'controls'});
    host.append(this.bar);
    this.legend = element('p', {class: 'legend'});
    host.append(this.legend);
    this.panel = new Panel(host, {canvas: true, label: ''});
    this.panel.resized = () => this.place();
    // The points are drawn here, under ECharts' axes, front and marks: thousands of them at every move of a brush.
    this.cloud = element('canvas', {class: 'cloud', 'aria-hidden': 'true'});
    this.panel.plot.prepend(this.cloud);
    this.note = element('p', {class: 'note'});
    host.append(this.note);
    this.ring = element('div', {class: 'ring', hidden: true});
    this.panel.plot.append(this.ring);
    this.listen();
    views.push(this);
  }

  modelled() {
    const keys = objectiveKeys.filter((key) => state.all.some((i) => !Number.isNaN(numbers[key][i])));
    // One value of all points tells nothing, so the first choice is of others where there are enough.
    const telling = keys.filter((key) => new Set(state.all.map((i) => numbers[key][i]).filter((value) => !Number.isNaN(value))).size > 1);
    const pick = (key, taken) => telling.includes(key) ? key
        : telling.find((one) => one !== taken) ?? (keys.includes(key) ? key : keys.find((one) => one !== taken));
    this.keys.x = pick(this.keys.x, this.keys.y);
    this.keys.y = pick(this.keys.y, this.keys.x);
    if (keys.includes(this.keys.colour) && !telling.includes(this.keys.colour)) this.keys.colour = 'none';
    const others = [...keys.map((key) => [key, dimensions.get(key).label]),
      ...tellingAxes().map((axis) => [axis.key, axis.label])];
    if (this.keys.colour !== 'none' && !others.some(([key]) => key === this.keys.colour)) {
      this.keys.colour = tellingAxes().some((axis) => axis.key === 'recipe') ? 'recipe' : 'none';
    }
    const options = keys.map((key) => [key, dimensions.get(key).label]);
    this.bar.replaceChildren();
    const choose = (which) => (key) => { this.keys[which] = key; this.rebuild(); };
    this.bar.append(selector('across', options, this.keys.x, choose('x')), selector('up', options, this.keys.y, choose('y')),
        selector('colour', [['none', 'none'], ...others], this.keys.colour, choose('colour')));
    const zoom = element('span', {role: 'group', 'aria-label': 'zoom', class: 'choice'});
    for (const [text, name, factor] of [['+', 'zoom in', 0.6], ['−', 'zoom out', 1 / 0.6], ['⟲', 'whole', 0]]) {
      zoom.append(element('button', {type: 'button', 'aria-label': name, title: name, onclick: () => this.zoom(factor)}, text));
    }
    this.bar.append(zoom);
    this.rebuild();
  }

  // Axes, colours and the order of the front: what does not depend on the filters.
  rebuild() {
    const [x, y] = [dimensions.get(this.keys.x), dimensions.get(this.keys.y)];
    const third = this.keys.colour === 'none' ? null : dimensions.get(this.keys.colour);
    this.x = x; this.y = y; this.third = third;
    this.objectives = [x, y, ...(third && third.larger !== undefined && third !== x && third !== y ? [third] : [])];
    // Where nobody knows what fewer bits cost, a recipe is compared with itself only.
    this.groups = state.model.measured ? [state.all] : choices.recipe.values.map((_, code) =>
      state.all.filter((i) => choices.recipe.codes[i] === code)).filter((group) => group.length > 0);
    this.orders = this.groups.map((group) => frontOrder(group, this.objectives));
    this.colours();
    const large = state.all.length > 2000;
    this.size = large ? 4 : state.all.length > 400 ? 6 : 9;
    const series = [];
    const front = {type: 'line', silent: true, symbol: 'none', lineStyle: {color: colourOf('front'), width: 1.6}, z: 4, data: []};
    this.groups.forEach((_, at) => series.push({...front, id: `line${at}`}));
    series.push({id: 'front', type: 'scatter', silent: true, z: 5, symbolSize: this.size + 3, data: [],
      itemStyle: {color: 'transparent', borderColor: colourOf('front'), borderWidth: large ? 1 : 1.6}});
    series.push({id: 'open', type: 'scatter', silent: true, z: 6, symbolSize: this.size + 8, data: [],
      itemStyle: {color: 'transparent', borderColor: colourOf('ink'), borderWidth: 2.5},
      label: {show: true, position: 'top', fontWeight: 'bold', color: colourOf('ink'), textBorderColor: colourOf('paper'),
        textBorderWidth: 3, formatter: (one) => one.data[2]}});
    const inside = {type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: 'ctrl',
      preventDefaultMouseMove: false};
    this.extent = {x: this.extentOf(x), y: this.extentOf(y)};
    this.panel.set({
      grid: kGrid,
      xAxis: axisStyle({type: 'value', name: titleOf(x.key), nameGap: 28, min: this.extent.x.low, max: this.extent.x.high}),
      yAxis: axisStyle({type: 'value', name: titleOf(y.key), nameGap: 46, min: this.extent.y.low, max: this.extent.y.high}),
      dataZoom: [{...inside, id: 'x', xAxisIndex: 0}, {...inside, id: 'y', yAxisIndex: 0}], series,
    });
    this.place();
    if (state.shown.length > 0) this.filtered();
  }

  extentOf(dimension) {
    let low = Infinity, high = -Infinity;
    for (const i of state.all) {
      const value = dimension.values[i];
      if (state.onlyFits && !fits(i)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const margin = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.1 || 1, span = high - low + 2 * margin;
    const power = 10 ** Math.floor(Math.log10(span / 9)), step = [1, 2, 5, 10].find((s) => s * power >= span / 9) * power;
    const from = Math.floor((low - margin) / step) * step;
    return {low: low >= 0 ? Math.max(0, from) : from, high: Math.ceil((high + margin) / step) * step};
  }

  // Each point's class, a class a series: levels, or ranges of a number. What has none is grey.
  colours() {
    const third = this.third, none = {name: 'not known', colour: colourOf('none'), symbol: 'circle'};
    this.classOf = new Uint8Array(kPoints);
    this.range = null;
    if (!third) {
      this.classes = [{name: 'points', colour: kOkabeIto.blue, symbol: 'circle'}];
    } else if (third.levels && third.levels.length <= kCategories.length) {
      this.classes = third.levels.map((name, at) => ({name, colour: kCategories[at], symbol: kSymbols[at % kSymbols.length]}));
      this.classes.push(none);
      for (const i of state.all) this.classOf[i] = Number.isNaN(third.values[i]) ? third.levels.length : third.values[i];
    } else {
      let low = Infinity, high = -Infinity;
      for (const i of state.all) {
        const value = third.values[i];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const ramp = rampColours();
      this.range = [low, high];
      this.classes = [...ramp.map((colour, at) => ({name: `${at}`, colour, symbol: 'circle'})), none];
      const scale = high > low ? ramp.length / (high - low) : 0;
      for (const i of state.all) {
        const value = third.values[i];
        this.classOf[i] = Number.isNaN(value) ? ramp.length : Math.min(ramp.length - 1, Math.floor((value - low) * scale));
      }
    }
    this.legend.replaceChildren();
    if (this.range) {
      this.legend.append(element('span', {}, `${third.label}: ${third.text(this.range[0])} `,
          element('i', {class: 'ramp', style: `background:linear-gradient(to right, ${rampColours().join(',')})`}),
          ` ${third.text(this.range[1])}`));
    } else if (third) {
      this.classes.forEach((one, at) => {
        if (state.all.some((i) => this.classOf[i] === at)) {
          this.legend.append(element('span', {}, element('i', {class: `mark ${one.symbol}`, style: `background:${one.colour}`}), one.name));
        }
      });
    }
    this.legend.append(element('span', {}, element('i', {class: 'mark outline'}), 'Pareto front'));
  }

  filtered() {
    const {x, y} = this, {shown} = state, series = [];
    this.fronts = this.orders.map((order) => frontOf(order, state.mask));
    this.front = this.fronts.flat().sort((a, b) => x.values[a] - x.values[b]);
    this.fronts.forEach((front, at) => series.push({id: `line${at}`,
      data: this.objectives.length === 2 && front.length > 0 ? this.staircase(front) : []}));
    series.push({id: 'front', data: this.front.map((i) => [x.values[i], y.values[i]])}, this.opened());
    this.panel.chart.setOption({series});
    this.place();
    const names = this.objectives.map((o) => `${o.larger ? 'more' : 'less'} ${o.label}`).join(', ');
    this.note.textContent = `Front: ${names}; ${this.front.length} of ${format(shown.length)} points` +
      (state.model.measured ? '.' : ', each recipe for itself (accuracy not measured).');
    this.panel.label(`${y.label} over ${x.label}${this.third ? `, colour ${this.third.label}` : ''}. ${this.note.textContent} ` +
      'Arrow keys go along the front, Enter opens a point, C puts it beside the open one, plus, minus and 0 zoom.');
  }

  // The border of what the front dominates.
  staircase(front) {
    const {x, y} = this, path = [];
    const ends = front.map((i) => [x.values[i], y.values[i]]).sort((a, b) => a[0] - b[0]);
    ends.forEach(([px, py], at) => {
      if (at > 0) path.push(x.larger ? [ends[at - 1][0], py] : [px, ends[at - 1][1]]);
      path.push([px, py]);
    });
    return path;
  }

  opened() {
    const marks = [[state.a, 'A'], [state.b, 'B']].filter(([i]) => i !== null);
    return {id: 'open', data: marks.map(([i, name]) => [this.x.values[i], this.y.values[i], name])};
  }
  chosen() { this.panel.chart.setOption({series: [this.opened()]}); }
  themed() { this.rebuild(); }
  rescaled() { this.rebuild(); }

  // Pixels of a point: the axes are linear, so two points tell all.
  place() {
    if (!this.extent) return;
    const {low: x0, high: x1} = this.extent.x, {low: y0, high: y1} = this.extent.y;
    const low = this.panel.chart.convertToPixel({gridIndex: 0}, [x0, y0]), high = this.panel.chart.convertToPixel({gridIndex: 0}, [x1, y1]);
    if (!low || !high) return;
    this.scale = {x: (high[0] - low[0]) / (x1 - x0), y: (high[1] - low[1]) / (y1 - y0), left: low[0] - x0 * (high[0] - low[0]) / (x1 - x0),
      top: low[1] - y0 * (high[1] - low[1]) / (y1 - y0)};
    this.drawCloud();
  }
  pixelOf(point) {
    return [this.scale.left + this.x.values[point] * this.scale.x, this.scale.top + this.y.values[point] * this.scale.y];
  }

  drawCloud() {
    const {cloud} = this, ratio = pixelRatio();
    const width = this.panel.chart.getWidth(), height = this.panel.chart.getHeight();
    if (cloud.width !== width * ratio || cloud.height !== height * ratio) {
      cloud.width = width * ratio;
      cloud.height = height * ratio;
    }
    const context = cloud.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, cloud.width, cloud.height);
    (this.size < 6 ? drawDots : drawMarks)(context, ratio, this);
    // Browsers print canvases without transparency: on paper both are one.
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (onPaperNow()) context.drawImage(this.panel.chart.renderToCanvas({pixelRatio: ratio}), 0, 0, cloud.width, cloud.height);
  }

  nearest(px, py, reach) {
    let best = null, distance = reach * reach;
    for (let k = 0; k < state.shown.length; ++k) {
      const i = state.shown[k];
      const dx = this.scale.left + this.x.values[i] * this.scale.x - px, dy = this.scale.top + this.y.values[i] * this.scale.y - py;
      if (dx * dx + dy * dy < distance) {
        distance = dx * dx + dy * dy;
        best = i;
      }
    }
    return best;
  }

  hover(point) {
    this.ring.hidden = point === null;
    if (point === null) return hideTip();
    const [px, py] = this.pixelOf(point), box = this.panel.plot.getBoundingClientRect();
    this.ring.style.left = `${px}px`;
    this.ring.style.top = `${py}px`;
    showTip(box.left + px, box.top + py, tipRows(pointRows(point)));
  }

  listen() {
    const plot = this.panel.plot;
    const at = (event) => {
      const box = plot.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    plot.addEventListener('pointermove', (event) => {
      if (event.pointerType !== 'touch') this.hover(this.nearest(...at(event), 14));
    });
    plot.addEventListener('pointerleave', () => this.hover(null));
    plot.addEventListener('click', (event) => {
      const point = this.nearest(...at(event), 22);
      if (point !== null) (event.shiftKey ? chooseOther : choose)(point);
    });
    plot.addEventListener('keydown', (event) => this.key(event));
    plot.addEventListener('blur', () => this.hover(null));
    this.panel.chart.on('datazoom', () => this.place());
  }

  key(event) {
    const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
    if (step && this.front.length > 0) {
      const now = this.front.indexOf(this.walked);
      this.walked = this.front[now < 0 ? 0 : Math.min(Math.max(now + step, 0), this.front.length - 1)];
      this.hover(this.walked);
      say(pointRows(this.walked).map((row) => row.join(' ')).join(', '));
    } else if (event.key === 'Enter' && this.walked !== undefined) {
      choose(this.walked);
    } else if (event.key.toLowerCase() === 'c' && this.walked !== undefined && !event.ctrlKey && !event.metaKey) {
      chooseOther(this.walked);
    } else if (['+', '-', '0'].includes(event.key)) {
      this.zoom({'+': 0.6, '-': 1 / 0.6, '0': 0}[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  // By a factor around the middle; 0: all of it.
  zoom(factor) {
    const zooms = this.panel.chart.getOption().dataZoom;
    for (const [at, one] of zooms.entries()) {
      const middle = (one.start + one.end) / 2, half = factor === 0 ? 50 : Math.min(50, (one.end - one.start) / 2 * factor);
      const start = factor === 0 ? 0 : Math.min(Math.max(0, middle - half), 100 - 2 * half);
      this.panel.chart.dispatchAction({type: 'dataZoom', dataZoomIndex: at, start, end: start + 2 * half});
    }
    this.place();
  }
}
