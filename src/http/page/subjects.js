/** How a conference, a queue, a mailbox and a DECT handset look. Each card is `{key, looks, make}` for `show`. */
import { card, pill, ticks, who, withWhom } from './cards.js';
import { el } from './dom.js';
import { clock, duration, HANDSET, MEMBER } from './words.js';

/** Rows of a card; the rest is counted. */
const MOST_ROWS = 8;

export function conferenceCard(pbx, room, { several }) {
  return {
    key: `${pbx.id}/${room.id}`,
    looks: [room, several],
    make: () => {
      const count = room.members.length;
      const marks = [room.locked ? 'locked' : '', room.recording ? 'recorded' : '', several ? pbx.id : ''];
      return card(
        room.name,
        el('span', { class: `pill ${count ? 'good' : ''}` }, count ? `${count} in it` : 'Empty'),
        { sub: [`Room ${room.room}`, ...marks].filter(Boolean).join(' · ') },
        ...rows(room.members, (member) => row('', member.caller, since(memberWords(member), member.since))),
      );
    },
  };
}

function memberWords({ admin, waiting, muted, talking }) {
  return [admin ? 'admin' : '', waiting ? 'waits' : '', muted ? 'muted' : '', talking ? 'talks' : '']
    .filter(Boolean)
    .join(', ');
}

export function queueCard(pbx, queue, { several }) {
  const members = pbx.queue_members.filter((member) => member.queue === queue.queue);
  return {
    key: `${pbx.id}/${queue.id}`,
    looks: [queue, members, several],
    make: () => {
      const count = queue.callers.length;
      const counts = `${queue.completed} taken, ${queue.abandoned} given up`;
      return card(
        queue.name,
        el('span', { class: `pill ${count ? 'ring' : ''}` }, count ? `${count} waiting` : 'Nobody waits'),
        { sub: several ? `${counts} · ${pbx.id}` : counts },
        ...rows(queue.callers, (caller) =>
          row(String(caller.position), caller.caller, since('waits', caller.since)),
        ),
        ...rows(members, (member) => [
          el('div', { class: 'about' }, el('p', {}, member.name), note(member.pausedReason)),
          pill(MEMBER, member.state),
        ]),
      );
    },
  };
}

export function mailboxCard(pbx, box, { several }) {
  return {
    key: `${pbx.id}/${box.id}`,
    looks: [box, several],
    make: () => {
      const fresh = box.new + box.urgent;
      return card(
        box.name,
        el('span', { class: `pill ${fresh ? 'ring' : ''}` }, fresh ? `${fresh} new` : 'Nothing new'),
        { sub: `${box.mailbox} · ${box.old} old${several ? ` · ${pbx.id}` : ''}` },
        box.problem ? note(box.problem) : null,
        ...rows(box.newest, ({ caller, time, seconds, folder }) =>
          row('', caller, [time ? clock(time) : '', duration(seconds), folder].filter(Boolean).join(' · ')),
        ),
      );
    },
  };
}

export function handsetCard(pbx, handset, { several }) {
  return {
    key: `${pbx.id}/${handset.id}`,
    looks: [handset, several],
    make: () =>
      card(
        handset.name,
        pill(HANDSET, handset.state),
        { ringing: handset.state === 'ringing', sub: several ? pbx.id : '' },
        withWhom(handset.caller, handset),
      ),
  };
}

function rows(all, make) {
  const shown = all.slice(0, MOST_ROWS).map((one) => el('div', { class: 'parked' }, ...[make(one)].flat()));
  const more = all.length - MOST_ROWS;
  return more > 0 ? [...shown, note(`and ${more} more`)] : shown;
}

/** Somebody, and what there is to say. */
function row(mark, party, ...words) {
  return [
    mark ? el('span', { class: 'space' }, mark) : '',
    el('div', { class: 'about' }, who(party), el('p', { class: 'note' }, ...words.flat())),
  ].filter(Boolean);
}

function since(words, when) {
  return words ? [`${words} · `, ticks('since', when)] : [ticks('since', when)];
}

function note(text) {
  return text ? el('p', { class: 'note' }, text) : null;
}
