/** How a doorbell, a phone and a parking lot look. Each card is `{key, looks, make}` for `show`. */
import { button } from './buttons.js';
import { el, say } from './dom.js';
import { clock, DOORBELL, nameOf, numberOf, OUTCOME, PHONE } from './words.js';

/**
 * @param {any} pbx
 * @param {any} doorbell
 * @param {{mine: string | null, several: boolean}} view `mine`: id of the phone that this person talks on
 */
export function doorbellCard(pbx, doorbell, { mine, several }) {
  const { press, last } = doorbell;
  const up = pbx.status.up;
  const fields = { pbx: pbx.id, doorbell: doorbell.id };
  return {
    key: `${pbx.id}/${doorbell.id}`,
    looks: [doorbell, up, mine, several],
    make: () => {
      const talking = doorbell.state === 'answered';
      const missed = !press && (last?.outcome === 'missed' || last?.outcome === 'cancelled');
      const on = mine === null ? {} : { on: mine };
      return card(
        doorbell.name,
        pill(DOORBELL, doorbell.state),
        { ringing: doorbell.state === 'ringing', sub: several ? pbx.id : '' },
        press ? visitor(press) : el('p', { class: 'note' }, ...lastVisitor(last)),
        buttons(
          press && !talking
            ? button('Answer', 'answer', { ...fields, ...on }, { kind: 'go', disabled: !up })
            : null,
          press && !talking ? button('Ignore', 'ignore', fields, { kind: 'end', disabled: !up }) : null,
          doorbell.opens ? button('Open', 'open_door', fields, { done: `${doorbell.name} is open` }) : null,
          talking ? button('Hang up', 'hang_up', fields, { kind: 'end', disabled: !up }) : null,
          missed ? button('Redial', 'redial', fields, { disabled: !up }) : null,
        ),
      );
    },
  };
}

function visitor(press) {
  // Somebody may have talked with the visitor before the call was parked.
  const parked = press.parked ? say`waits in space ${press.parked.space} of ${press.parked.lot}` : null;
  const waits = press.waiting ? say`waits in conference ${press.waiting.name}` : null;
  const talks = press.talkingTo.length > 0 ? say`talks to ${press.talkingTo.join(', ')}` : null;
  const tries = press.answeredAt === null && press.attempts > 1 ? `, attempt ${press.attempts}` : '';
  const number = numberOf(press.caller);
  return el(
    'div',
    {},
    el('p', { class: 'who' }, nameOf(press.caller)),
    el(
      'p',
      { class: 'note' },
      ...(number ? say`${number} · ` : []),
      ...(parked ?? waits ?? talks ?? ['waits']),
      tries,
      ' · ',
      ticks('since', (press.parked || press.waiting ? null : press.answeredAt) ?? press.since),
    ),
  );
}

function lastVisitor(last) {
  if (!last) return ['No visitor yet.'];
  return say`${nameOf(last)} ${[OUTCOME[last.outcome]]}, ${[clock(last.time)]}`;
}

export function phoneCard(pbx, phone, { several }) {
  const up = pbx.status.up;
  const fields = { pbx: pbx.id, phone: phone.id };
  return {
    key: `${pbx.id}/${phone.id}`,
    looks: [phone, up, several],
    make: () => {
      const inCall = phone.state === 'in_call' || phone.state === 'on_hold';
      return card(
        phone.name,
        pill(PHONE, phone.state),
        {
          ringing: phone.state === 'ringing',
          sub: several ? `${phone.endpoint} · ${pbx.id}` : phone.endpoint,
        },
        withWhom(phone.connected, phone),
        buttons(
          phone.state === 'ringing'
            ? button('Answer', 'answer', fields, { kind: 'go', disabled: !up })
            : null,
          inCall ? button('Park', 'park', fields, { disabled: !up, done: 'Parked' }) : null,
          phone.channels.length > 0
            ? button('Hang up', 'hang_up', fields, { kind: 'end', disabled: !up })
            : null,
          phone.lastDialled && phone.state === 'idle'
            ? button(`Redial ${phone.lastDialled}`, 'redial', fields, { disabled: !up })
            : null,
        ),
      );
    },
  };
}

/** Who is on a phone or handset; while nobody is, who called last. */
export function withWhom(party, { lastCaller, missed }) {
  if (party) return who(party);
  const last = lastCaller ? say`Last caller ${nameOf(lastCaller)}, ${[clock(lastCaller.time)]}` : [];
  const lost = missed > 0 ? [`${missed} missed`, last.length > 0 ? ' · ' : ''] : [];
  return lost.length + last.length > 0 ? el('p', { class: 'note' }, ...lost, ...last) : null;
}

export function lotCard(pbx, lot, { mine, several }) {
  return {
    key: `${pbx.id}/${lot.id}`,
    looks: [lot, pbx.status.up, mine, several],
    make: () => {
      const { first, last } = lot.spaces;
      const count = lot.parked.length;
      return card(
        lot.name,
        el('span', { class: `pill ${count ? 'ring' : ''}` }, count ? `${count} parked` : 'Empty'),
        { sub: `Spaces ${first} to ${last}${several ? ` · ${pbx.id}` : ''}` },
        ...lot.parked.map((call) => parkedRow(pbx, call, mine)),
      );
    },
  };
}

function parkedRow(pbx, call, mine) {
  const fields = { pbx: pbx.id, lot: call.lot, space: call.space, ...(mine === null ? {} : { phone: mine }) };
  return el(
    'div',
    { class: 'parked' },
    el('span', { class: 'space' }, call.space),
    el(
      'div',
      { class: 'about' },
      who(call.caller),
      el(
        'p',
        { class: 'note' },
        ...say`by ${call.parkedBy} · `,
        ticks('since', call.since),
        call.until === null ? null : ' · ',
        call.until === null ? null : ticks('until', call.until),
        call.until === null ? null : ' left',
      ),
    ),
    button('Retrieve', 'retrieve', fields, { kind: 'go', disabled: !pbx.status.up }),
  );
}

export function card(name, state, { ringing = false, sub = '' }, ...rest) {
  return el(
    'article',
    { class: ringing ? 'card ringing' : 'card' },
    el(
      'div',
      { class: 'head' },
      el('div', {}, el('h3', { title: name }, name), sub ? el('p', { class: 'sub' }, sub) : null),
      state,
    ),
    ...rest,
  );
}

/** Somebody's name, and the number beside it. */
export function who(party) {
  const number = numberOf(party);
  return el('p', {}, ...say`${nameOf(party)}`, number ? el('bdi', { class: 'number' }, ` ${number}`) : null);
}

export function pill(words, state) {
  const [text, kind] = words[state] ?? [state, ''];
  return el('span', { class: `pill ${kind}` }, text);
}

function buttons(...all) {
  return el('div', { class: 'buttons' }, ...all);
}

/** A time that runs: since or until then (ms). */
export function ticks(way, when) {
  return el('span', { class: 'ticks', [`data-${way}`]: String(when) });
}
