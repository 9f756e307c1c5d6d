/** The page: what the PBXs do now, and buttons for what one can ask of them. */
import { ask, Unreachable } from './api.js';
import { toast } from './buttons.js';
import { doorbellCard, lotCard, phoneCard } from './cards.js';
import { byId, el, show } from './dom.js';
import { listen } from './live.js';
import { login } from './login.js';
import { Store } from './store.js';
import { conferenceCard, handsetCard, mailboxCard, queueCard } from './subjects.js';
import { clock, duration, sentence } from './words.js';

const MINE = 'asterisk-companion-phone';
/** Phones above which they can be searched. */
const MANY_PHONES = 12;
const MOST_EVENTS = 30;

const store = new Store();
let connected = false;
/** The link failed in a way that has words of its own. */
let trouble = '';
let drawing = false;

/** Draws once for all that has come in until the browser is ready for it. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawNow();
  });
}

function drawNow() {
  drawPbxes();
  drawBanners();
  drawMine();
  drawSection('doorbells', 'doorbells', doorbellCard);
  drawSection('parking', 'parking', lotCard);
  drawPhones();
  drawSection('handsets', 'handsets', handsetCard);
  drawSection('conferences', 'conferences', conferenceCard);
  drawSection('queues', 'queues', queueCard);
  drawSection('voicemail', 'voicemail', mailboxCard);
  tick();
}

function view(pbx) {
  const [id, phone] = mine();
  return { mine: id === pbx.id ? phone : null, several: store.several };
}

function drawSection(id, kind, look, wanted = () => true) {
  const section = byId(id);
  const rows = store.all(kind).filter(([, one]) => wanted(one));
  section.hidden = store.all(kind).length === 0;
  show(
    section.querySelector('.cards'),
    rows.map(([pbx, one]) => look(pbx, one, view(pbx))),
  );
}

function drawPhones() {
  const filter = byId('filter');
  filter.hidden = store.all('phones').length <= MANY_PHONES;
  const text = filter.hidden ? '' : filter.value.trim().toLowerCase();
  drawSection('phones', 'phones', phoneCard, ({ name, endpoint }) =>
    `${name} ${endpoint}`.toLowerCase().includes(text),
  );
}

function drawPbxes() {
  const rows = store.pbxes.map(({ id, status }) => ({
    key: id,
    looks: [status.up, status.version],
    make: () => {
      const words = status.up ? `${id} · Asterisk ${status.version}` : `${id} · not connected`;
      return el('li', { class: `pill ${status.up ? 'good' : 'bad'}` }, words);
    },
  }));
  show(byId('pbxes'), rows);
}

function drawBanners() {
  const rows = store.pbxes
    .filter(({ status }) => !status.up)
    .map(({ id, status }) => banner(id, 'bad', `${id}: ${status.problem ?? 'Not connected to Asterisk.'}`));
  if (!connected)
    rows.unshift(
      banner(
        'live',
        '',
        trouble || 'Not connected to the companion: what is shown may be old. Trying again …',
      ),
    );
  document.body.classList.toggle('stale', !connected);
  show(byId('banners'), rows);
}

function banner(key, kind, text) {
  return { key, looks: [kind, text], make: () => el('p', { class: `banner ${kind}` }, text) };
}

/** PBX and id of the phone that this person talks on; empty: the doorbell's or lot's own choice. */
function mine() {
  const [pbx = '', phone = ''] = (localStorage.getItem(MINE) ?? '').split('/');
  const known = store.all('phones').some(([one, { id }]) => one.id === pbx && id === phone);
  return known ? [pbx, phone] : ['', ''];
}

function drawMine() {
  const select = byId('mine');
  const chosen = mine().join('/');
  const options = store.all('phones').map(([pbx, { id, name }]) => ({
    value: `${pbx.id}/${id}`,
    text: store.several ? `${name} (${pbx.id})` : name,
  }));
  const looks = JSON.stringify([options, chosen]);
  if (select.looks === looks) return;
  select.looks = looks;
  select.replaceChildren(
    el('option', { value: '/' }, 'Automatic'),
    ...options.map(({ value, text }) => el('option', { value }, text)),
  );
  select.value = chosen;
}

/** Sets every time that runs. */
function tick() {
  const now = Date.now();
  for (const one of document.querySelectorAll('[data-since]'))
    one.textContent = duration((now - Number(one.dataset.since)) / 1000);
  for (const one of document.querySelectorAll('[data-until]'))
    one.textContent = duration((Number(one.dataset.until) - now) / 1000);
}

function note(happening) {
  const words = sentence(happening);
  if (words === null) return;
  const list = document.querySelector('.events');
  const time = el('time', { dateTime: happening.time }, clock(happening.time));
  list.prepend(el('li', {}, time, el('span', {}, ...words)));
  while (list.children.length > MOST_EVENTS) list.lastElementChild.remove();
}

/** Asks to be let in; what is wrong is shown until it goes. */
async function enter() {
  try {
    const { version, demo } = await login();
    byId('version').textContent = `Asterisk Companion ${version}`;
    byId('ring').hidden = !demo;
    byId('main').hidden = false;
    trouble = '';
  } catch (error) {
    trouble = error instanceof Unreachable ? '' : error.message;
    draw();
  }
}

byId('mine').addEventListener('change', ({ target }) => {
  localStorage.setItem(MINE, target.value);
  draw();
});
byId('filter').addEventListener('input', draw);
byId('ring').addEventListener('click', () => {
  ask('api/demo/ring', {}).catch((error) => toast(error.message, 'bad'));
});
setInterval(tick, 1000);

await enter();
listen({
  hello: ({ state }) => {
    connected = true;
    store.replace(state);
    draw();
  },
  change: (change) => {
    store.change(change);
    draw();
  },
  happening: note,
  lost: () => {
    connected = false;
    draw();
  },
  beforeRetry: enter,
});
