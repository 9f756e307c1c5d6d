/** A dialplan as data. */
import { CONFERENCE } from './conference.ts';
import { VOICEMAIL } from './mailboxes.ts';
import { type LotOptions, TIMED_OUT } from './parking.ts';
import { QUEUE } from './queue.ts';

export interface Step {
  readonly context: string;
  /** A number, or a pattern such as `_X!`. */
  readonly extension: string;
  readonly priority: number;
  readonly application: string;
  readonly data: string;
  readonly registrar: string;
}

/** Contexts that `default` includes, in order. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly includes: readonly string[];
}

/** A handset of a DECT base, which sits on a line and is sent a digit. */
export interface Handset {
  readonly exten: string;
  readonly line: string;
  readonly digit: string;
}

/** Rings the contacts of the endpoint that was dialled. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Asterisk's own, not ours
export const DIAL_CONTACTS = '${PJSIP_DIAL_CONTACTS(${EXTEN})}';

const PHONES = '_X!';

/**
 * The dialplan of the TECH7Fox app, what its doorbell guide adds, and more: 444 parks, 555 retrieves from the first
 * space, 600 rings the group for half a minute, 650 is the queue, 690 a mailbox, 777 and 888 are the conference for
 * those who wait and for those whom they wait for; handsets have theirs, and any other number is that of a phone.
 */
export function housePlan(
  group: readonly string[],
  lots: readonly LotOptions[],
  handsets: readonly Handset[],
): Plan {
  const { room, guests, hosts } = CONFERENCE;
  const step = (extension: string, application: string, data: string): Step => ({
    ...{ context: 'default', extension, priority: 1, application, data, registrar: 'pbx_config' },
  });
  const [main] = lots;
  return {
    steps: [
      step('444', 'Park', ',s'),
      ...lots.slice(1).map((lot, index) => step(String(445 + index), 'Park', `${lot.name},s`)),
      ...(main === undefined ? [] : [step('555', 'ParkedCall', `${main.name},${main.first}`)]),
      step('600', 'Dial', `${group.map((number) => `PJSIP/${number}`).join('&')},30`),
      step(QUEUE.exten, 'Queue', QUEUE.name),
      step(VOICEMAIL.exten, 'VoiceMail', `${VOICEMAIL.mailbox}@default,s`),
      step(guests, 'ConfBridge', `${room},myconferenceroom,default_user`),
      step(hosts, 'ConfBridge', `${room},myconferenceroom,admin_user`),
      ...handsets.map(({ exten, line, digit }) => step(exten, 'Dial', `${line},20,D(${digit.repeat(4)})`)),
      step(PHONES, 'Dial', DIAL_CONTACTS),
      ...lots.flatMap(spaces),
      { ...step('s', 'Hangup', ''), context: TIMED_OUT },
    ],
    includes: lots.map(({ context }) => context),
  };
}

function spaces({ name, first, last, context }: LotOptions): Step[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    ...{ context, extension: String(first + index), priority: 1, application: 'ParkedCall' },
    ...{ data: `${name},${first + index}`, registrar: `res_parking/${name}` },
  }));
}

/** The steps that match an extension, those of the context itself first, numbers before patterns. */
export function matching(plan: Plan, context: string, extension: string): Step[] {
  const contexts = context === 'default' ? ['default', ...plan.includes] : [context];
  return contexts.flatMap((name) =>
    plan.steps
      .filter((step) => step.context === name && matches(step.extension, extension))
      .sort((one, other) => Number(one.extension === PHONES) - Number(other.extension === PHONES)),
  );
}

function matches(pattern: string, extension: string): boolean {
  return pattern === PHONES ? /^\d/.test(extension) : pattern === extension;
}
