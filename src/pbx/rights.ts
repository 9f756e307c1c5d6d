/** What the AMI user may not do and see for want of a class in manager.conf, in words. */
import type { ActionName, AmiRights } from '../ami/index.ts';
import type { PbxLog } from './listeners.ts';

interface Lack {
  readonly class: string;
  /** An action that no other class allows: who may not run it has not the class. */
  readonly action: ActionName;
  /** One of the same module that needs another class or none: where it is missing too, the module is not loaded. */
  readonly beside?: ActionName;
  /** What does not work. */
  readonly costs: string;
  /** Shown as the PBX's problem, too: hardly anything works. */
  readonly vital?: true;
}

/** Other classes are the subjects' own to miss: they know whether anything of theirs is there. */
const WRITE: readonly Lack[] = [
  {
    class: 'originate',
    action: 'Originate',
    costs: 'no phone can be rung: nothing is dialled, retrieved, announced or played',
    vital: true,
  },
  {
    class: 'call',
    action: 'Redirect',
    costs: 'calls cannot be answered, parked, moved or hung up, no lot is known, and presence cannot be set',
    vital: true,
  },
  {
    class: 'reporting',
    action: 'CoreShowChannels',
    costs: 'calls that were there before the companion are not known',
    vital: true,
  },
  {
    class: 'system',
    action: 'DBPut',
    costs: 'phones are known from the settings alone, and neither calls nor conferences can be recorded',
  },
  {
    class: 'agent',
    action: 'QueueAdd',
    beside: 'QueueStatus',
    costs: 'nobody can be logged in or out of queues, or paused',
  },
  {
    class: 'user',
    action: 'UserEvent',
    costs: 'voicemail can be listened to, and neither moved, forwarded nor deleted',
  },
];

/** Events that do not come. The subjects miss the others themselves. */
const READ: readonly Pick<Lack, 'class' | 'costs' | 'vital'>[] = [
  { class: 'call', costs: 'nothing is seen of calls: no doorbell rings, no phone is busy', vital: true },
  {
    class: 'system',
    costs: 'it is not told when phones register or leave, and when modules and settings are loaded anew',
  },
  { class: 'user', costs: "neither a dialplan's UserEvent() nor a text message from a phone arrives" },
  { class: 'dtmf', costs: 'the keys that phones press are not heard, a reply to an announcement among them' },
  {
    class: 'dialplan',
    costs:
      'what reaches no phone is not seen: attempts of a doorbell, a handset that Dial names, a sound that is not there',
  },
];

export class Rights {
  readonly #log: PbxLog;
  #said: ReadonlySet<string> = new Set();

  constructor(log: PbxLog) {
    this.#log = log;
  }

  /** Takes the rights of a link, and says once of each class that is missing what does not work without it. */
  look(rights: AmiRights | null): void {
    const missing = lacks(rights).map(({ words }) => words);
    for (const words of missing) if (!this.#said.has(words)) this.#log.warn({}, words);
    this.#said = new Set(missing);
  }
}

/** Whether the AMI user has a write class that matters here; true while that is not known. */
export function hasClass(rights: AmiRights | null, name: string): boolean {
  const row = WRITE.find((lack) => lack.class === name);
  return rights === null || row === undefined || rights.actions.has(row.action);
}

/** What makes hardly anything work, in words, or null. */
export function problemOf(rights: AmiRights | null): string | null {
  const vital = lacks(rights).filter((lack) => lack.vital);
  return vital.length === 0 ? null : vital.map(({ words }) => words).join('. ');
}

interface Missing {
  readonly words: string;
  readonly vital: boolean;
}

function lacks(rights: AmiRights | null): readonly Missing[] {
  if (rights === null) return [];
  const { actions, reads } = rights;
  const may = (action: ActionName | undefined) => action === undefined || actions.has(action);
  const hears = (name: string) => reads === null || reads.has(name) || reads.has('all');
  return [
    ...WRITE.filter(({ action, beside }) => !may(action) && may(beside)).map((lack) =>
      missing('write', lack),
    ),
    ...READ.filter((lack) => !hears(lack.class)).map((lack) => missing('read', lack)),
  ];
}

function missing(kind: 'read' | 'write', lack: Pick<Lack, 'class' | 'costs' | 'vital'>): Missing {
  const { class: name, costs, vital = false } = lack;
  const words = `The AMI user lacks the ${kind} class ${name}, so ${costs}: in manager.conf, add ${name} to its ${kind} classes and reload manager`;
  return { words, vital };
}
