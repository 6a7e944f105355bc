// The points of a Scatter, on a canvas of their own under ECharts' axes.
const kGrid = {left: 64, right: 18, top: 12, bottom: 46};
// Adds a mark to a path.
const kMarks = {
  circle: (c, x, y, r) => { c.moveTo(x + r, y); c.arc(x, y, r, 0, 7); },
  rect: (c, x, y, r) => c.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  triangle: (c, x, y, r) => { c.moveTo(x, y - 1.2 * r); c.lineTo(x + 1.15 * r, y + 0.8 * r); c.lineTo(x - 1.15 * r, y + 0.8 * r); c.closePath(); },
  diamond: (c, x, y, r) => { c.moveTo(x, y - 1.3 * r); c.lineTo(x + 1.3 * r, y); c.lineTo(x, y + 1.3 * r); c.lineTo(x - 1.3 * r, y); c.closePath(); },
  drop: (c, x, y, r) => { c.moveTo(x, y + 1.2 * r); c.lineTo(x + 1.15 * r, y - 0.8 * r); c.lineTo(x - 1.15 * r, y - 0.8 * r); c.closePath(); },
};

// A class at a time, so that the colour changes seldom.
function drawMarks(context, ratio, scatter) {
  const {left, right, top, bottom} = kGrid, width = scatter.panel.chart.getWidth(), height = scatter.panel.chart.getHeight();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.save();
  context.beginPath();
  context.rect(left, top, width - left - right, height - top - bottom);
  context.clip();
  context.globalAlpha = 0.9;
  scatter.classes.forEach((one, own) => {
    context.fillStyle = one.colour;
    context.beginPath();
    for (const i of state.shown) if (scatter.classOf[i] === own) kMarks[one.symbol](context, ...scatter.pixelOf(i), scatter.size / 2);
    context.fill();
  });
  context.restore();
}

// Squares of a colour each, written as pixels: filling a path of thousands of shapes takes longer than all else of a brush.
function drawDots(context, ratio, scatter) {
  const {left, right, top, bottom} = kGrid, size = Math.round(scatter.size * ratio);
  const width = Math.max(1, Math.round((scatter.panel.chart.getWidth() - left - right) * ratio));
  const height = Math.max(1, Math.round((scatter.panel.chart.getHeight() - top - bottom) * ratio));
  const image = context.createImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  const colours = Uint32Array.from(scatter.classes, ({colour}) => {
    const rgb = parseInt(colour.slice(1), 16);
    return 0xff000000 | (rgb & 255) << 16 | (rgb & 0xff00) | rgb >> 16;
  });
  const {x: scaleX, y: scaleY} = scatter.scale, [xs, ys] = [scatter.x.values, scatter.y.values], {shown} = state;
  const x0 = scatter.scale.left - left, y0 = scatter.scale.top - top, half = size / 2;
  for (let k = 0; k < shown.length; ++k) {
    const i = shown[k], x = Math.round((x0 + xs[i] * scaleX) * ratio - half), y = Math.round((y0 + ys[i] * scaleY) * ratio - half);
    if (!(x >= 0 && y >= 0 && x + size <= width && y + size <= height)) continue;  // outside of a zoom, or not known
    const colour = colours[scatter.classOf[i]];
    for (let row = 0; row < size; ++row) {
      const from = (y + row) * width + x;
      for (let at = from; at < from + size; ++at) pixels[at] = colour;
    }
  }
  context.putImageData(image, left * ratio, top * ratio);
}
