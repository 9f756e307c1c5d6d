/** How one gets into a conference: by which extension, and with which profiles of confbridge.conf. */
import { AmiActionError, type ListItem } from '../ami/index.ts';
import type { Conference, ConferenceOptions } from './model.ts';
import type { AmiLists } from './subject.ts';

/** One `ConfBridge(room,bridge,profile)` of the dialplan. */
interface Found {
  readonly room: string;
  /** The extension that leads to it, or null where nobody can dial it: a pattern, `s`, `h`. */
  readonly extension: string | null;
  /** `''`: Asterisk's default. */
  readonly bridge: string;
  readonly profile: string;
}

/** What confbridge.conf says of a user profile. */
interface Profile {
  readonly marked: boolean;
  readonly talkDetection: boolean;
}

/** Contexts that are read at the most: those that the first one includes, and so on. */
const CONTEXTS = 20;
/** Digits first: `s`, `h`, `i` and `t` are no numbers. */
const DIALLABLE = /^[0-9*#+][\w*#.-]*$/;
/** What is put into a console command. */
const PROFILE = /^[\w.-]{1,80}$/;

export class Entrances {
  readonly #context: string;
  #found: readonly Found[] = [];
  #profiles: ReadonlyMap<string, Profile> = new Map();

  /** @param context where numbers are dialled */
  constructor(context: string) {
    this.#context = context;
  }

  /** The rooms that the dialplan names. */
  get rooms(): readonly string[] {
    return this.#found.map(({ room }) => room);
  }

  /** Reads the dialplan and the profiles anew. */
  async read(ami: AmiLists): Promise<void> {
    this.#found = await findEntrances(ami, this.#context);
    this.#profiles = await readProfiles(
      ami,
      this.#found.map(({ profile }) => profile),
    );
  }

  /** How one gets into a room; what the settings say goes before what was found. */
  of(
    room: string,
    own: Partial<ConferenceOptions> = {},
  ): Pick<Conference, 'entrances' | 'talkDetection' | 'recordFolder'> {
    const found = this.#found.filter((entrance) => entrance.room === room);
    const isMarked = ({ profile }: Found) => this.#profiles.get(profile)?.marked === true;
    const plain = found.find((entrance) => !isMarked(entrance));
    const marked = found.find(isMarked);
    const bridge = own.bridge_profile ?? (found.find((entrance) => entrance.bridge !== '')?.bridge || null);
    const known = found.flatMap(({ profile }) => this.#profiles.get(profile) ?? []);
    return {
      entrances: {
        plain: {
          extension: own.extension ?? plain?.extension ?? null,
          bridge,
          profile: own.user_profile ?? (plain?.profile || null),
        },
        marked: {
          extension: own.marked_extension ?? marked?.extension ?? null,
          bridge,
          profile: own.marked_profile ?? (marked?.profile || null),
        },
      },
      talkDetection: known.length === 0 ? null : known.some(({ talkDetection }) => talkDetection),
      recordFolder: own.record_folder ?? null,
    };
  }
}

/** A room with a variable in its name is not known before its time. */
async function findEntrances(ami: AmiLists, context: string): Promise<readonly Found[]> {
  const contexts = [context];
  const found: Found[] = [];
  for (let index = 0; index < contexts.length && index < CONTEXTS; index += 1) {
    for (const line of await lines(ami, contexts[index] ?? '')) {
      const { IncludeContext: included } = line;
      // What is included at some times only has its times behind a comma.
      if (included !== '' && !contexts.includes(included)) contexts.push(included.split(',')[0] ?? '');
      const entrance = line.Application.toLowerCase() === 'confbridge' ? read(line) : null;
      if (entrance !== null) found.push(entrance);
    }
  }
  return found;
}

/** What the profiles say that these name, by name; empty where the AMI user may not run console commands. */
async function readProfiles(ami: AmiLists, names: Iterable<string>): Promise<ReadonlyMap<string, Profile>> {
  const profiles = new Map<string, Profile>();
  for (const name of new Set(names)) {
    if (!PROFILE.test(name)) continue;
    const output = await command(ami, `confbridge show profile user ${name}`);
    if (output === null) break;
    const says = (what: RegExp) => output.some((line) => what.test(line));
    if (!says(/^Name:/)) continue;
    profiles.set(name, {
      marked: says(/^Marked User:\s+true/),
      talkDetection: says(/^Talk Detect Events:\s+enabled/),
    });
  }
  return profiles;
}

function read(line: ListItem<'ShowDialPlan'>): Found | null {
  const [room = '', bridge = '', profile = ''] = line.AppData.split(',').map((text) => text.trim());
  if (room === '' || room.includes('$')) return null;
  const literal = (text: string) => (text.includes('$') ? '' : text);
  return {
    room,
    extension: DIALLABLE.test(line.Extension) ? line.Extension : null,
    bridge: literal(bridge),
    profile: literal(profile),
  };
}

async function lines(ami: AmiLists, context: string): Promise<readonly ListItem<'ShowDialPlan'>[]> {
  try {
    return await ami.list({ Action: 'ShowDialPlan', Context: context });
  } catch (error) {
    // There is no such context, or it is not ours to read.
    if (error instanceof AmiActionError) return [];
    throw error;
  }
}

async function command(ami: AmiLists, Command: string): Promise<readonly string[] | null> {
  try {
    return (await ami.send({ Action: 'Command', Command })).all('Output');
  } catch (error) {
    if (error instanceof AmiActionError) return null;
    throw error;
  }
}
