// What the dashboard does in the browser: it shows itself anew when something happened, follows a training, and asks the
// model about a text as it is typed. Every page is whole without it, but for the box to try a text.

const { root, live } = document.body.dataset;
const lost = document.querySelector('#lost');
const pauseMs = 400;
const followMs = 500;
const typingMs = 150;

/** Fetch this page again and exchange the parts that have changed. */
async function renew() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-part]')) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML || holdsFocus(part)) continue;
    const open = [...part.querySelectorAll('details')].map((one) => one.open);
    part.replaceChildren(...next.childNodes);
    for (const [i, one] of [...part.querySelectorAll('details')].entries()) one.open = open[i] ?? false;
  }
  followTraining();
}

/** What somebody works in with the keyboard is left alone until they have moved on. */
function holdsFocus(part) {
  return part.contains(document.activeElement) && document.activeElement.matches('a, button, summary, [tabindex]');
}

let isDue = false;
/** Whatever happens within a moment is shown at once. */
function renewSoon() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    renew().catch(() => {});
  }, pauseMs);
}

/** Hear of events while the page is looked at: a browser has few connections to one server, and tabs are many. */
function listen() {
  if (live === undefined) return;
  let events = null;
  const start = () => {
    if (events !== null || document.hidden) return;
    events = new EventSource(live);
    let isFirst = true;
    events.onopen = () => {
      // After an interruption whatever happened meanwhile is unknown.
      if (!isFirst) renewSoon();
      isFirst = false;
      lost.hidden = true;
    };
    events.onmessage = renewSoon;
    events.onerror = () => {
      lost.hidden = false;
    };
  };
  const stop = () => {
    events?.close();
    events = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stop();
    else {
      start();
      renewSoon();
    }
  });
  addEventListener('pagehide', stop);
  addEventListener('pageshow', start);
  start();
}

let followed = null;
/** Ask after the training that is shown until it is over. */
async function followTraining() {
  const id = document.querySelector('[data-job]')?.dataset.job;
  if (id === undefined || followed === id) return;
  followed = id;
  while (document.querySelector('[data-job]')?.dataset.job === id) {
    const job = await ask(`api/jobs/${encodeURIComponent(id)}`).catch(() => null);
    if (job === null || job.endedAt !== null) break;
    showProgress(job);
    await new Promise((resolve) => setTimeout(resolve, followMs));
  }
  followed = null;
  renewSoon();
}

function showProgress({ startedAt, progress }) {
  const box = document.querySelector('[data-job]');
  if (!box || !progress) return;
  const names = { vectorize: 'reading the texts', fit: 'fitting', save: 'saving' };
  const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
  box.querySelector('[data-phase]').textContent = names[progress.phase] ?? progress.phase;
  box.querySelector('progress').value = share;
  const seconds = (Date.now() - Date.parse(startedAt)) / 1000;
  const left = share > 0.05 ? `, about ${Math.ceil((seconds * (1 - share)) / share)} s left` : '';
  box.querySelector('[data-left]').textContent = seconds < 1 ? '' : `${Math.round(seconds)} s${left}`;
}

async function ask(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(new URL(root + path, location.href), init);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.error);
  return answer;
}

function tryTexts() {
  const field = document.querySelector('[data-explain]');
  if (!field) return;
  const answer = document.querySelector('#answer');
  const hint = answer.innerHTML;
  let timer = null;
  let asked = 0;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = field.value;
      const mine = ++asked;
      if (text.trim() === '') {
        answer.innerHTML = hint;
        return;
      }
      const shown = await ask(`api/${field.dataset.explain}`, { text }).then(
        (explained) => explained.controls.flatMap((control) => answerOf(control, text, explained.controls.length > 1)),
        (error) => [element('p', 'note warn', error.message)],
      );
      if (mine === asked) answer.replaceChildren(...shown);
    }, typingMs);
  });
}

function answerOf({ name, labels, words, without, note }, text, isNamed) {
  const shown = isNamed ? [element('h3', '', name)] : [];
  if (note) shown.push(element('p', 'note', note));
  if (labels.length > 0) {
    const list = element('ol', 'shares');
    for (const { label, probability } of labels.slice(0, 12)) {
      const row = element('li', '');
      row.append(element('bdi', 'label', label), barOf(probability), element('span', 'number', percent(probability)));
      list.append(row);
    }
    shown.push(list);
  }
  if (words.length > 0) shown.push(marked(text, words, labels[0]?.label ?? ''));
  if (without) {
    const gone = without.words.map((word) => `“${word}”`).join(', ');
    shown.push(
      element('p', 'quiet', `Without ${gone} it would be ${without.label} (${percent(without.probability)}).`),
    );
  }
  return shown;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/** The text with the words that spoke for the first label, the stronger the darker, and those that spoke against it. */
function marked(text, words, label) {
  const most = Math.max(...words.map(({ weight }) => Math.abs(weight)));
  const shown = element('p', 'marked');
  let at = 0;
  for (const { start, end, weight } of [...words].sort((a, b) => a.start - b.start)) {
    if (start < at || Math.abs(weight) < most / 20) continue;
    shown.append(text.slice(at, start));
    const level = Math.ceil((Math.abs(weight) / most) * 3);
    const mark = element('mark', weight > 0 ? `for${level}` : `against${level}`, text.slice(start, end));
    mark.title = `${weight > 0 ? 'for' : 'against'} ${label}: ${weight > 0 ? '+' : '−'}${Math.abs(weight).toFixed(2)}`;
    shown.append(mark);
    at = end;
  }
  shown.append(text.slice(at));
  return shown;
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

function barOf(share) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const attributes = { class: 'bar', viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', `M0 0h${share * 100}v8H0z`);
  svg.append(path);
  return svg;
}

function copyButtons() {
  for (const button of document.querySelectorAll('[data-copy]')) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    });
  }
}

/** Behind a proxy only the browser knows this server's address. */
function ownAddress() {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  if (isLocal) return;
  for (const shown of document.querySelectorAll('[data-path]')) {
    const address = new URL(root + shown.dataset.path, location.href).href;
    shown.textContent = address.replace(/\/$/, '');
  }
}

listen();
followTraining();
tryTexts();
ownAddress();
copyButtons();
