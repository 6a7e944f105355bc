// The report of 20,000 points in a headless Chromium: node page_test.mjs TRIDEX MAKE_STORE [POINTS, 2000 at least]
// Ends with 77 (skipped) where there is no Chromium ($TRIDEX_CHROMIUM, or chromium in the PATH). What the page shows is
// compared with what this script works out from points.csv.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Chromium} from './chromium.mjs';

const [tridex, makeStore, count = '20000'] = process.argv.slice(2);
const program = [process.env.TRIDEX_CHROMIUM, ...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'chromium'))]
    .find((file) => file && existsSync(file));
if (!program) {
  console.log('skipped: no Chromium (Debian: chromium; or TRIDEX_CHROMIUM=FILE)');
  process.exit(77);
}

const folder = mkdtempSync(join(tmpdir(), 'tridex-report-'));
let browser = null;
const strange = [], requests = [];

function readCsv(file) {
  const [head, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => line.split(','));
  return lines.map((line) => Object.fromEntries(line.map((value, at) => [head[at], value])));
}

// No other one is nowhere worse and somewhere better: [[key, 1 or -1], ...]. By comparing all with all.
function naiveFront(rows, objectives) {
  const values = rows.map((row) => objectives.map(([key, sign]) => sign * Number(row[key])));
  const dominates = (a, b) => a.every((v, k) => v >= b[k]) && a.some((v, k) => v > b[k]);
  return rows.filter((_, at) => !values.some((other) => dominates(other, values[at]))).map((row) => row.hash).sort();
}

// In the page: hashes of some points, sorted.
const hashes = (points) => browser.value(`Array.from(${points}, (i) => source.hashes[i]).sort()`);
const box = (what) => browser.value(`(() => { const b = ${what}.getBoundingClientRect(); return {x: b.x, y: b.y, width: b.width, height: b.height}; })()`);
const show = (what) => browser.value(`${what}.scrollIntoView({block: 'center'})`).then(() => browser.settle());

async function drag(axis, from, to) {
  await show(`document.querySelector('.axis[data-key="${axis}"]')`);
  const b = await box(`document.querySelector('.axis[data-key="${axis}"]')`), x = b.x + b.width / 2;
  const y = (share) => b.y + b.height * (1 - share);
  await browser.mouse('mouseMoved', x, y(from));
  await browser.mouse('mousePressed', x, y(from));
  for (const share of [(from + to) / 2, to]) await browser.mouse('mouseMoved', x, y(share), {buttons: 1});
  await browser.mouse('mouseReleased', x, y(to));
  await browser.settle();
}

const tests = {
  async 'opens, says what it shows, asks nobody for anything'() {
    const title = await browser.value('document.title');
    assert.equal(title, 'made - Tridex report');
    assert.equal(await browser.value('state.shown.length'), this.fitting.length);
    assert.match(await browser.value("byId('counts').textContent"), new RegExp(`${this.failed} without a result`));
    assert.equal(await browser.value("document.querySelectorAll('#table tbody tr').length < 100"), true);
  },

  async 'fronts of two and three objectives are those of all pairs compared'() {
    const three = naiveFront(this.fitting, [['dsp', -1], ['fps', 1], ['accuracy', 1]]);
    assert.deepEqual(await hashes('scatters[0].front'), three);
    await browser.value("(() => { scatters[0].keys.colour = 'recipe'; scatters[0].keys.x = 'energy_mj'; scatters[0].rebuild(); })()");
    assert.deepEqual(await hashes('scatters[0].front'), naiveFront(this.fitting, [['energy_mj', -1], ['fps', 1]]));
    await browser.value("(() => { scatters[0].keys.colour = 'accuracy'; scatters[0].keys.x = 'dsp'; scatters[0].rebuild(); })()");
    console.log(`  ${three.length} points on the front of three`);
  },

  async 'a brush filters every chart and the table'() {
    await drag('fps', 0.3, 0.8);
    const [low, high] = await browser.value("state.ranges.get('fps')");
    const inside = this.fitting.filter((row) => Number(row.fps) >= low && Number(row.fps) <= high);
    assert.ok(inside.length > 100 && inside.length < this.fitting.length - 100, `${inside.length} inside`);
    await drag('set:ports.count', 0.5, 1.0);
    const places = await browser.value("state.ranges.get('set:ports.count')");
    const levels = await browser.value("dimensions.get('set:ports.count').levels");
    assert.deepEqual(levels, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
    const ports = (row) => levels.indexOf(row['ports.count']);
    const both = inside.filter((row) => ports(row) >= places[0] && ports(row) <= places[1]);
    assert.deepEqual([...new Set(both.map(ports))].sort(), [5, 6, 7, 8, 9]);  // from the middle, 4.5, up
    const expected = both.map((row) => row.hash).sort();
    assert.deepEqual(await hashes('state.shown'), expected);
    assert.deepEqual(await hashes('table.order'), expected);
    assert.deepEqual(await hashes('scatters[0].front'), naiveFront(both, [['dsp', -1], ['fps', 1], ['accuracy', 1]]));
    assert.match(await browser.value("byId('shown').textContent"), new RegExp(`^${expected.length.toLocaleString('en', {useGrouping: expected.length >= 10000})} of`));

    // What moved it: the means of the levels, of what is shown.
    const means = await browser.value("mainEffects(state.shown, [dimensions.get('set:copies')], numbers.fps)[0].means.map((m) => [m.level, m.mean, m.count])");
    for (const [level, mean, number] of means) {
      const own = both.filter((row) => row.copies === level).map((row) => Number(row.fps));
      assert.equal(number, own.length);
      assert.ok(Math.abs(mean - own.reduce((a, b) => a + b, 0) / own.length) < 1e-9 * mean);
    }
    assert.match(await browser.value("document.querySelector('#effects .plot').getAttribute('aria-label')"), /^What moved Throughput: .*copies/);

    // Of these four, which are two copies times two recipes, and of three of them.
    const note = (left) => browser.value(`(() => {
      const shown = state.shown, few = Array.from(state.all).filter((i) => numbers.fps[i] > 0 &&
          ['copies', 'engines.0.lanes', 'ports.count', 'ports.width_bits'].every((key, at) =>
            Number(dimensions.get('set:' + key).levels[dimensions.get('set:' + key).values[i]]) <= [2, 4, 1, 64][at]));
      state.shown = few.slice(${left});
      effects.filtered();
      const text = few.length + ' ' + effects.note.textContent;
      state.shown = shown;
      effects.filtered();
      return text;
    })()`);
    assert.match(await note(0), /^4 Means of the 4 points shown, .*[0-9] frames\/s\.$/);
    assert.match(await note(1), /^4 Means of the 3 points shown, .* They are not all 4 combinations of the axes' levels: /);

    await browser.value("byId('clear').click()");
    await browser.settle();
    assert.equal(await browser.value('state.shown.length'), this.fitting.length);
    assert.equal(await browser.value("document.querySelectorAll('.axis .brush:not([hidden])').length"), 0);
  },

  async 'a click on an axis takes its range away'() {
    await drag('fps', 0.2, 0.9);
    assert.equal(await browser.value("state.ranges.has('fps')"), true);
    await drag('fps', 0.95, 0.95);
    assert.equal(await browser.value("state.ranges.has('fps')"), false);
  },

  async 'ranges by keyboard'() {
    await browser.value(`document.querySelector('.axis[data-key="set:copies"] .thumb.lower').focus()`);
    for (let k = 0; k < 3; ++k) await browser.press('ArrowUp');
    assert.equal(await browser.value('document.activeElement.getAttribute("aria-valuetext")'), '4');
    assert.equal(await browser.value('state.shown.length'), this.fitting.filter((row) => Number(row.copies) >= 4).length);
    await browser.press('Escape');
    assert.equal(await browser.value('state.shown.length'), this.fitting.length);
  },

  async 'hover shows a point, a click opens it, with shift beside it'() {
    await show("byId('front-a')");
    const at = async (point) => {
      const [x, y] = await browser.value(`scatters[0].pixelOf(${point})`), plot = await box('scatters[0].panel.plot');
      return [plot.x + x, plot.y + y];
    };
    const [first, last] = await browser.value('[scatters[0].front[0], scatters[0].front.at(-1)]');
    await browser.mouse('mouseMoved', ...await at(last));
    await browser.settle();
    const rows = await browser.value("byId('tip').hidden ? '' : byId('tip').textContent");
    assert.ok(rows.includes(await browser.value(`dimensions.get('fps').text(numbers.fps[${last}])`)), rows);
    await browser.click(...await at(last));
    assert.equal(await browser.value('state.a'), last);
    const hash = await browser.value(`source.hashes[${last}]`);
    assert.equal(await browser.value("byId('point-title').textContent"), `Point ${hash.slice(0, 8)}`);
    assert.equal(await browser.value("byId('design').textContent"), this.json.designs[hash]);
    const layers = await browser.value(`layersOf(${last}).map((l) => ({name: l.name, busy_cycles: l.busy, read_bytes: l.read, stall_parts: l.stalls}))`);
    assert.deepEqual(layers, this.json.layers[hash].map(({name, busy_cycles, read_bytes, stall_parts}) => ({name, busy_cycles, read_bytes, stall_parts})));
    for (const id of ['layers', 'traffic', 'roofline']) {
      assert.ok(await browser.value(`byId('${id}').querySelectorAll('svg path').length > 10`), `${id} is drawn`);
    }

    await browser.click(...await at(first), 8);  // 8: shift
    assert.equal(await browser.value('state.a'), last);
    assert.equal(await browser.value('state.b'), first);
    assert.equal(await browser.value("byId('compare').hidden"), false);
    const [one, two] = [hash, await browser.value(`source.hashes[${first}]`)].map((h) => this.json.designs[h].split('\n'));
    const kinds = await browser.value("Array.from(byId('compare-design').querySelectorAll('del, ins'), (n) => [n.tagName, n.textContent.trim().slice(2)])");
    assert.ok(kinds.length > 0);
    for (const [kind, line] of kinds) {
      const [own, other] = kind === 'DEL' ? [one, two] : [two, one];
      assert.ok(own.some((l) => l.trim() === line.trim()) && !other.some((l) => l.trim() === line.trim()), `${kind} ${line}`);
    }
  },

  async 'the front by keyboard'() {
    await browser.value('scatters[0].panel.plot.focus()');
    await browser.press('ArrowRight');
    await browser.press('ArrowRight');
    const second = await browser.value('scatters[0].front[1]');
    assert.equal(await browser.value('scatters[0].walked'), second);
    await browser.press('Enter');
    assert.equal(await browser.value('state.a'), second);
    const scale = await browser.value('scatters[0].scale.x');
    await browser.press('+');
    // ECharts rounds the ends of a zoom's window.
    assert.ok(Math.abs(await browser.value('scatters[0].scale.x') / scale - 1 / 0.6) < 0.05);
    await browser.press('0');
    assert.ok(Math.abs(await browser.value('scatters[0].scale.x') / scale - 1) < 1e-6);
  },

  async 'words filter; a wrong one is said'() {
    const type = async (text) => {
      await browser.value(`(() => { byId('words').value = ${JSON.stringify(text)}; byId('words').dispatchEvent(new Event('input')); })()`);
      await browser.settle();
    };
    await type('copies>=10 w4a8 dsp<900');
    assert.deepEqual(await hashes('state.shown'), this.fitting.filter((row) => Number(row.copies) >= 10 && row.recipe === 'w4a8' &&
      Number(row.dsp) < 900).map((row) => row.hash).sort());
    await type('copis>=10');
    assert.match(await browser.value("byId('words-wrong').textContent"), /no column "copis"; there are fps, .*copies/);
    await type('');
    assert.equal(await browser.value('state.shown.length'), this.fitting.length);
  },

  async 'what does not fit is shown when asked for'() {
    await browser.value("byId('only-fits').click()");
    await browser.settle();
    assert.equal(await browser.value('state.shown.length'), this.rows.filter((row) => row.status === 'ok').length);
    await browser.value("byId('only-fits').click()");
    await browser.settle();
  },

  async 'the table sorts, scrolls and copies'() {
    await show("byId('table')");
    await browser.value("Array.from(document.querySelectorAll('#table th button')).find((b) => b.textContent.startsWith('DSP')).click()");
    const dsp = await browser.value('Array.from(table.order, (i) => numbers.dsp[i])');
    assert.deepEqual(dsp, this.fitting.map((row) => Number(row.dsp)).sort((a, b) => a - b));
    const middle = this.fitting.length >> 1;
    await browser.value(`byId('table').scrollTop = 30 * ${middle}`);
    await browser.settle();
    const point = await browser.value(`Number(document.querySelector('#table tr[aria-rowindex="${middle + 3}"]').dataset.point)`);
    assert.equal(point, await browser.value(`table.order[${middle + 1}]`));
    await browser.value("(() => { globalThis.copied = ''; Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { copied = t; }}}); })()");
    await browser.value(`document.querySelector('#table tr[data-point="${point}"] button[title^="copy"]').click()`);
    assert.match(await browser.value('copied'), /^name: made\nclock_mhz: 200\n/);
    await browser.value(`choose(${point})`);
    assert.equal(await browser.value("copied === byId('design').textContent"), true);
    const yaml = await browser.value('table.yaml()');
    assert.equal(yaml.match(/^- hash: /gm).length, this.fitting.length);
  },

  async 'a point without layers in the page says so'() {
    const far = await browser.value('Array.from(state.shown).find((i) => !source.detail.points[i])');
    if (far === undefined) return;
    await browser.value(`choose(${far})`);
    assert.equal(await browser.value("byId('no-layers').hidden"), false);
    assert.equal(await browser.value("byId('with-layers').hidden"), true);
  },

  async 'the search is shown'() {
    assert.match(await browser.value("byId('search-note').textContent"), /^made: nsga2, seed 1; objectives fps \(max\), dsp \(min\)/);
    assert.match(await browser.value("document.querySelector('#search .plot').getAttribute('aria-label')"), /after 800 evaluations/);
  },

  async 'dark, a phone, paper'() {
    const ground = () => browser.value('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await browser.colours('dark');
    assert.notEqual(await ground(), light);
    await browser.colours('light');
    await browser.size(390, 844, true);
    assert.equal(await browser.value('document.documentElement.scrollWidth'), 390);
    await browser.size(1280, 900);
    const pdf = Buffer.from((await browser.call('Page.printToPDF', {printBackground: true})).data, 'base64');
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    await browser.settle();
    assert.equal(await browser.value("document.documentElement.classList.contains('paper')"), false);
  },

  async 'everything that is operated has a name'() {
    const bare = await browser.value(`Array.from(document.querySelectorAll('button, select, input, [role=slider], [role=img], canvas, nav, [tabindex="0"]'))
      .filter((n) => !(n.getAttribute('aria-label') || n.getAttribute('aria-hidden') || n.textContent.trim() || n.closest('label') || n.closest('.plot[aria-label]')))
      .map((n) => n.outerHTML.slice(0, 120))`);
    assert.deepEqual(bare, []);
  },

  // The time of the page's main thread is what a person waits for on a machine that does nothing else; the clock on the
  // wall is printed, too, but is that of whatever else runs here.
  async 'a brush takes less than 100 ms'() {
    await browser.call('Performance.enable', {timeDomain: 'threadTicks'});
    const spent = async () => (await browser.call('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value * 1000;
    const cpu = [], wall = [];
    for (let k = 0; k < 25; ++k) {
      const before = await spent(), start = performance.now();
      await browser.value(`(() => { parallel.setRange(parallel.axes.find((a) => a.dimension.key === 'fps'), [${k} / 100, 1 - ${k} / 100]); })()`);
      await browser.settle();
      cpu.push(await spent() - before);
      wall.push(performance.now() - start);
    }
    const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
    console.log(`  a brush over ${this.fitting.length} points: ${median(cpu).toFixed(0)} ms of the main thread (the most ` +
      `${Math.max(...cpu).toFixed(0)}), ${median(wall).toFixed(0)} ms on the wall, medians of ${cpu.length}`);
    assert.ok(median(cpu) < 100, `${median(cpu)} ms`);
  },
};

let failures = 0;
try {
  execFileSync(makeStore, [folder, count]);
  execFileSync(tridex, ['report', folder, '--json', join(folder, 'report.json')], {stdio: ['ignore', 'ignore', 'inherit']});
  const rows = readCsv(join(folder, 'points.csv'));
  const facts = {rows, json: JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')),
    fitting: rows.filter((row) => row.status === 'ok' && row.fits === '1'), failed: rows.filter((row) => row.status !== 'ok').length};
  console.log(`report.html: ${(readFileSync(join(folder, 'report.html')).length / 1e6).toFixed(1)} MB, ${rows.length} points`);
  browser = await Chromium.start(program);
  browser.on((method, params) => {
    if (method === 'Runtime.exceptionThrown') strange.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled') strange.push(`console.${params.type}: ${params.args.map((a) => a.value ?? a.description).join(' ')}`);
    if (method === 'Log.entryAdded') strange.push(`${params.entry.level}: ${params.entry.text}`);
    if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
  });
  await browser.size(1280, 900);
  await browser.open(`file://${join(folder, 'report.html')}`);
  for (const [name, test] of Object.entries(tests)) {
    try {
      await browser.value("byId('clear').click()");
      await browser.settle();
      await test.call(facts);
      console.log(`ok      ${name}`);
    } catch (error) {
      ++failures;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  const others = requests.filter((url) => !url.startsWith('data:') && url !== `file://${join(folder, 'report.html')}`);
  for (const [what, found] of [['messages in the console', strange], ['requests', others]]) {
    if (found.length > 0) {
      ++failures;
      console.log(`FAILED  ${what}:\n${found.join('\n')}`);
    }
  }
} finally {
  await browser?.close();
  rmSync(folder, {recursive: true, force: true});
}
process.exit(failures > 0 ? 1 : 0);
