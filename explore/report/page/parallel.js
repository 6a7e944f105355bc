// Parallel coordinates: an axis a setting and an objective, a line a point, a range on an axis is a filter. Lines between
// two axes are counted in cells first, so that thousands of points are some hundreds of strokes.
const kCells = 48;       // places on an axis that lines are told apart by
const kAxisGap = 84;     // pixels, at least
const kTop = 46, kBottom = 26, kHeight = 360;

class Parallel {
  constructor(host, colours) {
    this.colours = colours;  // a Scatter: lines have the colours of its points
    this.inner = element('div', {class: 'parallel'});
    this.scroll = element('div', {class: 'scroll', tabindex: '-1'}, this.inner);
    host.append(this.scroll);
    this.canvas = element('canvas', {role: 'img', 'aria-label': 'Parallel coordinates of the points that are shown'});
    new ResizeObserver(() => this.layout()).observe(this.scroll);
    views.push(this);
  }

  modelled() {
    const objectives = objectiveKeys.map((key) => dimensions.get(key)).filter((one) => {
      const known = new Set(state.all.map((i) => one.values[i]));
      return known.size > 1;
    });
    this.axes = [...tellingAxes(), ...objectives].map((dimension) => this.axisOf(dimension));
    this.inner.replaceChildren(this.canvas);
    for (const axis of this.axes) this.inner.append(axis.zone);
    this.layout();
  }

  // The better end of an objective is up.
  axisOf(dimension) {
    let low = Infinity, high = -Infinity;
    for (const i of state.all) {
      const value = dimension.values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const axis = {dimension, low, high, down: dimension.larger === false};
    axis.shareOf = (value) => {
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return axis.down ? 1 - share : share;
    };
    axis.valueAt = (share) => low + (axis.down ? 1 - share : share) * (high - low);
    axis.cells = new Uint8Array(kPoints).fill(255);
    for (const i of state.all) {
      const value = dimension.values[i];
      if (!Number.isNaN(value)) axis.cells[i] = Math.round(axis.shareOf(value) * (kCells - 1));
    }
    axis.brush = element('div', {class: 'brush', hidden: true});
    axis.thumbs = ['lower', 'upper'].map((end, at) => element('div', {class: `thumb ${end}`, role: 'slider', tabindex: '0',
      'aria-orientation': 'vertical', 'aria-valuemin': '0', 'aria-valuemax': '100',
      'aria-label': `${dimension.label}, ${end} end of the range`, onkeydown: (event) => this.key(event, axis, at)}));
    axis.zone = element('div', {class: 'axis', 'data-key': dimension.key, title: dimension.label}, axis.brush, ...axis.thumbs);
    axis.range = [0, 1];
    this.listen(axis);
    this.show(axis);
    return axis;
  }

  layout() {
    if (!this.axes) return;
    const width = Math.max(this.scroll.clientWidth, onPaperNow() ? 0 : this.axes.length * kAxisGap), ratio = pixelRatio();
    this.width = width;
    this.inner.style.width = `${width}px`;
    this.inner.style.height = `${kHeight}px`;
    this.canvas.width = width * ratio;
    this.canvas.height = kHeight * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${kHeight}px`;
    this.ratio = ratio;
    this.axes.forEach((axis, at) => {
      axis.x = width * (at + 0.5) / this.axes.length;
      axis.zone.style.left = `${axis.x - 22}px`;
      axis.zone.style.top = `${kTop}px`;
      axis.zone.style.height = `${kHeight - kTop - kBottom}px`;
    });
    this.draw();
  }
  resized() { this.layout(); }
  filtered() { this.draw(); }
  themed() { this.draw(); }

  draw() {
    if (!this.axes || !this.ratio) return;
    const context = this.canvas.getContext('2d');
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, kHeight);
    context.lineWidth = 1;
    for (let at = 0; at + 1 < this.axes.length; ++at) this.strokes(context, this.axes[at], this.axes[at + 1]);
    this.drawAxes(context);
    this.canvas.setAttribute('aria-label', `Parallel coordinates of ${state.shown.length} points over ` +
      `${this.axes.map((axis) => axis.dimension.label).join(', ')}. Filtered: ${this.filters()}`);
  }

  filters() {
    const texts = this.axes.filter((axis) => state.ranges.has(axis.dimension.key))
        .map((axis) => `${axis.dimension.label} ${state.ranges.get(axis.dimension.key).map((v) => axis.dimension.text(v)).join(' to ')}`);
    return texts.join('; ') || 'nothing';
  }

  strokes(context, left, right) {
    const {classes, classOf} = this.colours, size = kCells * kCells;
    const counts = new Uint16Array(classes.length * size), shown = state.shown;
    for (let k = 0; k < shown.length; ++k) {
      const i = shown[k], a = left.cells[i], b = right.cells[i];
      if (a !== 255 && b !== 255) ++counts[classOf[i] * size + a * kCells + b];
    }
    const y = (cell) => kHeight - kBottom - cell / (kCells - 1) * (kHeight - kTop - kBottom);
    // Many lines: the rare ones are faint.
    const many = shown.length > 1500;
    for (let own = 0; own < classes.length; ++own) {
      context.strokeStyle = classes[own].colour;
      for (const [least, most, alpha] of many ? [[1, 2, 0.12], [3, 9, 0.35], [10, 65535, 0.8]] : [[1, 65535, shown.length > 300 ? 0.45 : 0.75]]) {
        context.globalAlpha = alpha;
        context.beginPath();
        for (let cell = 0; cell < size; ++cell) {
          const count = counts[own * size + cell];
          if (count < least || count > most) continue;
          context.moveTo(left.x, y(Math.floor(cell / kCells)));
          context.lineTo(right.x, y(cell % kCells));
        }
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  drawAxes(context) {
    context.font = `12px ${kFont}`;
    const [ink, soft, paper] = ['ink', 'soft', 'paper'].map(colourOf);
    const text = (words, x, y, colour) => {
      context.lineWidth = 3.5;
      context.strokeStyle = paper;
      context.strokeText(words, x, y);
      context.fillStyle = colour;
      context.fillText(words, x, y);
    };
    for (const axis of this.axes) {
      const {dimension, x} = axis;
      context.strokeStyle = soft;
      context.lineWidth = 1.2;
      context.beginPath();
      context.moveTo(x, kTop);
      context.lineTo(x, kHeight - kBottom);
      context.stroke();
      context.textAlign = 'center';
      const gap = this.width / this.axes.length;
      const dot = dimension.label.lastIndexOf('.') + 1, glob = /([^.]*)\[(.*)\]$/.exec(dimension.label);
      const lines = dimension.levels && glob ? glob.slice(1)
        : dimension.levels && dot > 0 ? [dimension.label.slice(0, dot), dimension.label.slice(dot)]
        : fold(context, dimension.label, gap - 8);
      lines.forEach((line, at) => text(clip(context, line, gap - 6), x, 13 + 14 * at, ink));
      if (dimension.levels && dimension.levels.length <= 16) {
        context.textAlign = 'left';
        dimension.levels.forEach((level, at) => {
          if (at < axis.low || at > axis.high) return;
          text(clip(context, level, gap - 30), x + 13, kHeight - kBottom - axis.shareOf(at) * (kHeight - kTop - kBottom) + 4, soft);
        });
      } else {
        text(endText(axis, 1), x, kTop - 5, soft);
        text(endText(axis, 0), x, kHeight - kBottom + 15, soft);
      }
    }
  }

  // `range`: shares from the bottom.
  setRange(axis, range) {
    axis.range = [Math.max(0, Math.min(...range)), Math.min(1, Math.max(...range))];
    const {key, levels} = axis.dimension;
    if (axis.range[0] <= 0 && axis.range[1] >= 1) {
      state.ranges.delete(key);
    } else {
      // Half a pixel is no reason to leave a point out; levels are taken when their tick is inside.
      const slack = (axis.high - axis.low) * (levels ? 0.02 : 0.002), ends = axis.range.map((share) => axis.valueAt(share));
      state.ranges.set(key, [Math.min(...ends) - slack, Math.max(...ends) + slack]);
    }
    this.show(axis);
    filterSoon();
  }

  show(axis) {
    const [low, high] = axis.range, whole = low <= 0 && high >= 1;
    axis.brush.hidden = whole;
    axis.brush.style.top = `${(1 - high) * 100}%`;
    axis.brush.style.height = `${(high - low) * 100}%`;
    axis.thumbs.forEach((thumb, at) => {
      thumb.style.top = `${(1 - axis.range[at]) * 100}%`;
      thumb.setAttribute('aria-valuenow', Math.round(axis.range[at] * 100));
      thumb.setAttribute('aria-valuetext', axis.dimension.text(axis.dimension.levels ? Math.round(axis.valueAt(axis.range[at]))
        : axis.valueAt(axis.range[at])));
    });
  }

  clear() {
    for (const axis of this.axes) {
      axis.range = [0, 1];
      this.show(axis);
    }
  }

  listen(axis) {
    let drag = null;
    const shareAt = (event) => {
      const box = axis.zone.getBoundingClientRect();
      return Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height));
    };
    axis.zone.addEventListener('pointerdown', (event) => {
      const at = shareAt(event), thumb = axis.thumbs.indexOf(event.target);
      axis.zone.setPointerCapture(event.pointerId);
      if (thumb >= 0) drag = {fixed: axis.range[1 - thumb]};
      else if (!axis.brush.hidden && at > axis.range[0] && at < axis.range[1]) drag = {grip: at, from: axis.range};
      else drag = {fixed: at};
      drag.start = at;
    });
    axis.zone.addEventListener('pointermove', (event) => {
      if (!drag) return;
      const at = shareAt(event);
      if (drag.grip === undefined) {
        this.setRange(axis, [drag.fixed, at]);
      } else {
        const move = Math.min(1 - drag.from[1], Math.max(-drag.from[0], at - drag.grip));
        this.setRange(axis, drag.from.map((share) => share + move));
      }
    });
    const end = (event) => {
      // A click without a move takes the range away.
      if (drag && Math.abs(shareAt(event) - drag.start) < 0.012) this.setRange(axis, [0, 1]);
      drag = null;
    };
    axis.zone.addEventListener('pointerup', end);
    axis.zone.addEventListener('pointercancel', () => { drag = null; });
  }

  key(event, axis, at) {
    const few = axis.dimension.levels ? 1 / Math.max(1, axis.high - axis.low) : 0.02;
    const step = {ArrowUp: few, ArrowRight: few, ArrowDown: -few, ArrowLeft: -few, PageUp: 0.2, PageDown: -0.2}[event.key];
    const range = [...axis.range];
    if (step) range[at] = Math.min(1, Math.max(0, range[at] + step));
    else if (event.key === 'Home') range[at] = 0;
    else if (event.key === 'End') range[at] = 1;
    else if (event.key === 'Escape') range.splice(0, 2, 0, 1);
    else return;
    if (range[0] <= range[1]) this.setRange(axis, range);
    event.preventDefault();
  }
}

function endText(axis, share) {
  const value = axis.valueAt(share);
  return axis.dimension.levels ? axis.dimension.levels[Math.round(value)] : compact(Number(value.toPrecision(4)));
}
function clip(context, words, width) {
  let text = words;
  while (text.length > 2 && context.measureText(text).width > width) text = `${text.slice(0, -2)}…`;
  return text;
}
function fold(context, words, width) {
  if (context.measureText(words).width <= width) return [words];
  const parts = words.split(' '), middle = Math.ceil(parts.length / 2);
  return [parts.slice(0, middle).join(' '), parts.slice(middle).join(' ')];
}
