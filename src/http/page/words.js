/** Words for what the PBX says. */

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

const by = (happening) => (happening.by ? ` by ${happening.by.name}` : '');
const where = (happening) => `space ${happening.space} of ${happening.lot}`;

/** Happening → a sentence, or null for those that say nothing new. */
const SENTENCES = {
  doorbell: {
    ring: (h) => `${nameOf(h.caller)} rings at ${h.name}`,
    answered: (h) => `${h.name} was answered${by(h)}`,
    missed: (h) => `Nobody answered ${h.name}${h.attempts > 1 ? `, after ${h.attempts} attempts` : ''}`,
    cancelled: (h) => `The visitor at ${h.name} was sent away${h.who ? ` by ${h.who}` : ''}`,
    parked: (h) => `The visitor at ${h.name} waits in ${where(h)}`,
    waiting: (h) => `The visitor at ${h.name} waits in conference ${h.room_name}`,
    opened: (h) => `${h.name} was opened by ${h.who}`,
  },
  phone: {
    missed: (h) => `${h.phone.name} missed ${nameOf(h.caller)}`,
    registered: (h) => `${h.phone.name} is there`,
    unregistered: (h) => `${h.phone.name} is gone`,
  },
  parking: {
    parked: (h) => `${nameOf(h.caller)} was parked in ${where(h)}`,
    retrieved: (h) => `${nameOf(h.caller)} was retrieved${by(h)}`,
    timed_out: (h) => `${nameOf(h.caller)} waited too long in ${where(h)}`,
    given_up: (h) => `${nameOf(h.caller)} hung up in ${where(h)}`,
  },
  conference: {
    join: (h) => `${nameOf(h.caller)} came into ${h.name}`,
    leave: (h) => `${nameOf(h.caller)} left ${h.name}`,
    locked: (h) => `${h.name} was locked`,
    unlocked: (h) => `${h.name} was unlocked`,
    recording_started: (h) => `${h.name} is recorded`,
    recording_stopped: (h) => `${h.name} is no longer recorded`,
  },
  queue: {
    joined: (h) => `${nameOf(h.caller)} waits in ${h.name}`,
    connected: (h) => `${h.member?.name ?? 'Somebody'} took ${nameOf(h.caller)} from ${h.name}`,
    abandoned: (h) => `${nameOf(h.caller)} gave up in ${h.name}`,
  },
  voicemail: {
    new_message: (h) => `${nameOf(h.caller)} left a message in ${h.name}`,
  },
  pbx: {
    connected: (h) => `${h.pbx} is connected`,
    disconnected: (h) => `The link to ${h.pbx} was lost`,
    restarted: (h) => `Asterisk of ${h.pbx} was restarted`,
  },
};

/** @returns {string | null} */
export function sentence(happening) {
  return SENTENCES[happening.subject]?.[happening.type]?.(happening) ?? null;
}
