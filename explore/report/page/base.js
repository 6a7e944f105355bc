'use strict';
// What all parts of the page use. The scripts are joined to one in the order of explore/CMakeLists.txt.
const byId = (id) => document.getElementById(id);

// Attributes that begin with "on" are listeners.
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

const plainNumbers = new Intl.NumberFormat('en', {maximumFractionDigits: 6, useGrouping: false});
const groupedNumbers = new Intl.NumberFormat('en', {maximumFractionDigits: 6});
function format(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return 'none';
  if (typeof value !== 'number') return String(value);
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(digits));
  return (Math.abs(value) >= 10000 ? groupedNumbers : plainNumbers).format(rounded);
}
const withUnit = (value, unit) => Number.isNaN(value) ? 'none' : unit ? `${format(value)} ${unit}` : format(value);

const shortLayer = (name) => name.replace('backbone.', '').replaceAll('op_list.', '').replace(/\.(conv|act)$/, '');

// Okabe and Ito's palette ("Color Universal Design", 2008), which people with any colour vision can tell apart.
const kOkabeIto = {orange: '#E69F00', sky: '#56B4E9', green: '#009E73', yellow: '#F0E442', blue: '#0072B2',
  vermilion: '#D55E00', purple: '#CC79A7', grey: '#999999'};
const kCategories = ['blue', 'orange', 'green', 'vermilion', 'sky', 'purple', 'yellow', 'grey'].map((c) => kOkabeIto[c]);
const kSymbols = ['circle', 'rect', 'triangle', 'diamond', 'drop'];
// Rises evenly in lightness for every colour vision: viridis at nine even places, by matplotlib's table. Of it what stands
// out from the page: neither yellow on white nor violet on black.
const kViridis = [0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725];
const kRampColours = 9;
function rampColours() {
  const [from, to] = onDark() ? [0.22, 1] : [0, 0.86];
  return Array.from({length: kRampColours}, (_, k) => {
    const at = (from + (to - from) * k / (kRampColours - 1)) * (kViridis.length - 1), low = Math.min(Math.floor(at), kViridis.length - 2);
    const mixed = [16, 8, 0].map((shift) => {
      const [a, b] = [kViridis[low] >> shift & 255, kViridis[low + 1] >> shift & 255];
      return Math.round(a + (b - a) * (at - low));
    });
    return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  });
}

// A colour of page.css. Asking the browser makes it lay out the page, so it is asked once a theme.
const known = new Map();
function colourOf(name) {
  if (!known.has(name)) known.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return known.get(name);
}
const darkMode = window.matchMedia('(prefers-color-scheme: dark)');
const onPaperNow = () => document.documentElement.classList.contains('paper');
const onDark = () => darkMode.matches && !onPaperNow();
// Pixels of a canvas a pixel of the page; paper is finer than any screen.
const pixelRatio = () => onPaperNow() ? 3 : Math.min(window.devicePixelRatio || 1, 2);

// Read out by screen readers.
function say(text) { byId('live').textContent = text; }

function tipRows(rows) {
  const body = element('tbody');
  for (const [name, value] of rows) body.append(element('tr', {}, element('th', {}, name), element('td', {}, value)));
  return element('table', {}, body);
}
function showTip(x, y, content) {
  const tip = byId('tip');
  tip.replaceChildren(content);
  tip.hidden = false;
  tip.style.left = `${Math.max(4, Math.min(x + 14, window.innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, window.innerHeight - tip.offsetHeight - 8))}px`;
}
const hideTip = () => { byId('tip').hidden = true; };

function selector(label, options, value, change) {
  const select = element('select', {onchange: () => change(select.value)});
  for (const [key, text] of options) select.append(element('option', {value: key, selected: key === value}, text));
  return element('label', {}, `${label} `, select);
}

// Two or more buttons of which one is on.
function choiceButtons(host, label, options, value, change) {
  const group = element('span', {role: 'group', 'aria-label': label, class: 'choice'});
  for (const [key, text] of options) {
    group.append(element('button', {type: 'button', 'aria-pressed': String(key === value), onclick: () => change(key)}, text));
  }
  host.append(group);
}

async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // a page of a plain http server, or one without the right to: the old way
    const area = element('textarea', {style: 'position:fixed;opacity:0'});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  say(`${what} copied`);
  byId('copied').textContent = `${what} copied`;
  byId('copied').hidden = false;
  setTimeout(() => { byId('copied').hidden = true; }, 1800);
}
