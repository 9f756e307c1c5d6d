/** Words for what the PBX says. */
import { say } from './dom.js';

/** @param {{name: string, number: string} | null | undefined} party */
export function nameOf(party) {
  return party?.name || party?.number || 'Unknown';
}

/** The number, where it says more than the name. */
export function numberOf(party) {
  return party?.name && party.number !== party.name ? party.number : '';
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** @param {string | number} when */
export function clock(when) {
  const date = new Date(when);
  const today = date.toDateString() === new Date().toDateString();
  const time = { hour: '2-digit', minute: '2-digit' };
  return date.toLocaleString([], today ? time : { ...time, day: 'numeric', month: 'short' });
}

/** State → words and colour of its pill. */
export const DOORBELL = {
  idle: ['Quiet', ''],
  ringing: ['Rings', 'ring'],
  parked: ['Parked', 'ring'],
  waiting: ['Waits', 'ring'],
  answered: ['Talking', 'good'],
};

export const PHONE = {
  unavailable: ['Not there', 'bad'],
  idle: ['Free', ''],
  dialing: ['Dials', 'good'],
  ringing: ['Rings', 'ring'],
  in_call: ['In a call', 'good'],
  on_hold: ['On hold', 'good'],
  busy: ['Busy', 'bad'],
};

export const HANDSET = {
  free: ['Free', ''],
  ringing: ['Rings', 'ring'],
  in_call: ['In a call', 'good'],
};

export const MEMBER = {
  available: ['Free', ''],
  ringing: ['Rings', 'ring'],
  in_call: ['In a call', 'good'],
  busy: ['Busy', 'bad'],
  on_hold: ['On hold', 'good'],
  wrap_up: ['Wraps up', 'good'],
  paused: ['Pauses', ''],
  unreachable: ['Not there', 'bad'],
};

export const OUTCOME = {
  ringing: 'rings',
  answered: 'was answered',
  missed: 'was missed',
  cancelled: 'was sent away',
  lost: 'was lost',
};

const by = (happening) => (happening.by ? say` by ${happening.by.name}` : '');
const where = (happening) => say`space ${happening.space} of ${happening.lot}`;

/** Happening → a sentence as children of an element, or null for those that say nothing new. */
const SENTENCES = {
  doorbell: {
    ring: (h) => say`${nameOf(h.caller)} rings at ${h.name}`,
    answered: (h) => say`${h.name} was answered${by(h)}`,
    missed: (h) => say`Nobody answered ${h.name}${h.attempts > 1 ? [`, after ${h.attempts} attempts`] : ''}`,
    cancelled: (h) => say`The visitor at ${h.name} was sent away${h.who ? say` by ${h.who}` : ''}`,
    parked: (h) => say`The visitor at ${h.name} waits in ${where(h)}`,
    waiting: (h) => say`The visitor at ${h.name} waits in conference ${h.room_name}`,
    opened: (h) => say`${h.name} was opened by ${h.who}`,
  },
  phone: {
    missed: (h) => say`${h.phone.name} missed ${nameOf(h.caller)}`,
    registered: (h) => say`${h.phone.name} is there`,
    unregistered: (h) => say`${h.phone.name} is gone`,
  },
  parking: {
    parked: (h) => say`${nameOf(h.caller)} was parked in ${where(h)}`,
    retrieved: (h) => say`${nameOf(h.caller)} was retrieved${by(h)}`,
    timed_out: (h) => say`${nameOf(h.caller)} waited too long in ${where(h)}`,
    given_up: (h) => say`${nameOf(h.caller)} hung up in ${where(h)}`,
  },
  conference: {
    join: (h) => say`${nameOf(h.caller)} came into ${h.name}`,
    leave: (h) => say`${nameOf(h.caller)} left ${h.name}`,
    locked: (h) => say`${h.name} was locked`,
    unlocked: (h) => say`${h.name} was unlocked`,
    recording_started: (h) => say`${h.name} is recorded`,
    recording_stopped: (h) => say`${h.name} is no longer recorded`,
  },
  queue: {
    joined: (h) => say`${nameOf(h.caller)} waits in ${h.name}`,
    connected: (h) => say`${h.member?.name ?? 'Somebody'} took ${nameOf(h.caller)} from ${h.name}`,
    abandoned: (h) => say`${nameOf(h.caller)} gave up in ${h.name}`,
  },
  voicemail: {
    new_message: (h) => say`${nameOf(h.caller)} left a message in ${h.name}`,
  },
  dect: {
    missed: (h) => say`${h.handset_name} missed ${nameOf(h.caller)}`,
  },
  pbx: {
    connected: (h) => say`${h.pbx} is connected`,
    disconnected: (h) => say`The link to ${h.pbx} was lost`,
    restarted: (h) => say`Asterisk of ${h.pbx} was restarted`,
  },
};

/** @returns {(Node | string)[] | null} */
export function sentence(happening) {
  return SENTENCES[happening.subject]?.[happening.type]?.(happening) ?? null;
}
