// Puts the page together.
const scatters = [new Scatter(byId('front-a'), ['dsp', 'fps', 'accuracy']), new Scatter(byId('front-b'), ['fps', 'accuracy', 'energy_mj'])];
const parallel = new Parallel(byId('parallel'), scatters[0]);
const effects = new Effects(byId('effects'));
const table = new PointTable(byId('table'));
const pointView = new PointView();
const roofline = new Roofline();
const compare = new Compare();
const searchView = new SearchView();

views.push({
  modelled() {
    const {model} = state.model, own = choices.model.values.indexOf(model);
    const failed = Array.from({length: kPoints}, (_, i) => i).filter((i) => choices.model.codes[i] === own && !ran(i));
    const fitting = state.all.filter(fits).length;
    byId('counts').textContent = `${model}: ${format(fitting)} points fit their device, ${format(state.all.length - fitting)} do not, ` +
      `${format(failed.length)} without a result. Tridex ${source.version}.`;
    byId('models').replaceChildren();
    if (source.models.length > 1) {
      choiceButtons(byId('models'), 'network', source.models.map((one) => [one, one.model]), state.model, showModel);
    }
    byId('failures').hidden = failed.length === 0;
    byId('failures-title').textContent = `${format(failed.length)} points without a result`;
    byId('failed').replaceChildren(...failed.slice(0, 500).map((i) => element('tr', {}, ...[choiceOf('status', i), choiceOf('recipe', i),
      settingsOf(i).map((key) => `${key}=${settingOf(key, i)}`).join(' '), choiceOf('reason', i)]
        .map((text) => element('td', {class: 'word'}, text)))));
  },
});

byId('title').textContent = source.title;
document.title = `${source.title} - Tridex report`;
byId('words').addEventListener('input', (event) => {
  const words = event.target.value;
  let test = null, wrong = '';
  try {
    test = words.trim() ? parseFilter(words) : null;
  } catch (error) {
    wrong = error.message;
  }
  byId('words-wrong').textContent = wrong;
  event.target.setAttribute('aria-invalid', String(wrong !== ''));
  if (wrong) return;
  state.words = words;
  state.wordsTest = test;
  filterSoon();
});
byId('only-fits').addEventListener('change', (event) => {
  state.onlyFits = event.target.checked;
  applyFilters();
  tell('rescaled');
});
byId('clear').addEventListener('click', () => {
  state.ranges.clear();
  parallel.clear();
  state.words = '';
  state.wordsTest = null;
  byId('words').value = '';
  byId('words-wrong').textContent = '';
  applyFilters();
});
byId('copy-design').addEventListener('click', () => copyText(designOf(state.a), 'design'));
byId('copy-table').addEventListener('click', () => copyText(table.yaml(), `${format(state.shown.length)} points`));
byId('keep').addEventListener('click', () => chooseOther(state.a));
byId('swap').addEventListener('click', () => {
  [state.a, state.b] = [state.b, state.a];
  tell('chosen');
});

// Paper is white whatever the screen is, and as wide as page.css says: charts are drawn for it before it is laid out.
darkMode.addEventListener('change', () => tell('themed'));
function onPaper(paper) {
  document.documentElement.classList.toggle('paper', paper);
  for (const plot of document.querySelectorAll('.plot')) echarts.getInstanceByDom(plot).resize();
  tell('themed');
  tell('resized');
  if (paper) table.draw(40);
}
window.addEventListener('beforeprint', () => onPaper(true));
window.addEventListener('afterprint', () => onPaper(false));

if (source.models.length > 0) showModel(source.models[0]);
