/** `announce`. */
import { z } from 'zod';
import type { Group, PbxView, Phone } from '../../pbx/model.ts';
import { type ActionContext, ActionError, type ActionErrorCode, declare } from '../action.ts';
import * as field from '../fields.ts';
import { findGroup, findPhone, refOf } from '../find.ts';
import { type Outcome, type Played, playOn, STATES } from './playing.ts';
import type { Clip, Shape, Source } from './sounds.ts';

/** Phones that are rung at once. */
const MOST_PHONES = 50;
/** s for a key after the announcement, where none is said. */
const REPLY_SECONDS = 8;

export const announce = declare({
  id: 'announce',
  title: 'Announce',
  description:
    'Rings phones and speaks a text on them, or plays a sound; all at once. A key that is pressed then is the ' +
    'result ("press 1 to confirm").',
  icon: 'mdi:bullhorn',
  fields: z.strictObject({
    text: field.spoken('What is to be said, by Home Assistant’s text-to-speech.').optional(),
    sound: field
      .sound('A sound of Asterisk’s own, such as `tt-monkeys` or `custom/gong`, instead of a text.')
      .optional(),
    media: field.media('A media file of Home Assistant’s, instead of a text: `media-source://…`.').optional(),
    phones: field.phones('Phones to announce on.').optional(),
    group: field
      .group(
        'Group of phones to announce on, instead of phones or besides them: of the settings, or a dial group of Asterisk’s.',
      )
      .optional(),
    language: field.option('Language', 'Language of the text. Left out: Home Assistant’s.', 'de').optional(),
    engine: field
      .option(
        'Engine',
        'Text-to-speech engine. Left out: the one of the settings, or the first.',
        'tts.piper',
      )
      .optional(),
    voice: field.option('Voice', 'Voice of the engine. Left out: its own.', 'en_US-amy-low').optional(),
    repeat: field.amount('Times', 'How many times it is played.', 1, 5, 1).default(1),
    volume: field
      .percent('Volume', 'How loud a text or a media file is; 100 leaves it as it is.')
      .default(100),
    reply: field
      .keys('Keys', 'Keys that are an answer, such as `1` or `12`. Left out: none is waited for.')
      .optional(),
    reply_time: field
      .seconds('Time for a key', 'How long a key is waited for after the announcement.', 30, REPLY_SECONDS)
      .default(REPLY_SECONDS),
    until_reply: field
      .flag('Until a reply', 'The first key that is an answer ends the announcement on all phones.')
      .default(false),
    auto_answer: field
      .flag('Answer by itself', 'Asks the phones to answer by themselves. Left out: as the settings say.')
      .optional(),
    busy_phones: field
      .flag('Busy phones too', 'Calls phones that are in a call, too. They are left alone otherwise.')
      .default(false),
    caller_name: field.callerName('Name that the phones show.').optional(),
    timeout: field.seconds('Ring time', 'How long the phones may ring.', 45, 30).default(30),
  }),
  result: z.object({
    /** `confirmed`: one pressed a key. `answered`: one heard it. */
    state: z.enum(['confirmed', 'answered', 'not_answered']),
    digit: z.string().nullable(),
    by: field.phoneResult.nullable(),
    phones: z.array(
      z.object({
        ...field.phoneResult.shape,
        state: z.enum(STATES),
        digit: z.string().nullable(),
        seconds: z.number(),
        reason: z.string(),
      }),
    ),
  }),

  async run({ pbx, asker, announcing, log }: ActionContext, fields) {
    const phones = await whom(pbx, fields, log);
    const reply = fields.reply ?? '';
    const shape: Shape = {
      times: fields.repeat,
      volume: fields.volume,
      silence: reply === '' ? 0 : fields.reply_time,
    };
    const ready = await made(() => prepare(pbx, fields, shape, announcing));
    try {
      const played = await playOn(pbx, phones, {
        ...ready,
        reply,
        untilReply: fields.until_reply,
        busyPhones: fields.busy_phones,
        shows: fields.caller_name ?? 'Announcement',
        timeout: fields.timeout,
        autoAnswers: ({ endpoint }) =>
          endpoint.startsWith('PJSIP/') && (fields.auto_answer ?? announcing.autoAnswers(pbx.id, endpoint)),
      });
      const { outcomes } = played;
      refuseIfNone(outcomes);
      const result = resultOf(played);
      pbx.announcements.ended({
        type: result.state,
        who: asker.name,
        digit: result.digit,
        by: result.by,
        phones: outcomes.map(({ phone, state, digit }) => ({ ...refOf(phone), state, digit })),
      });
      return result;
    } finally {
      for (const clip of ready.clips) await forget(pbx, clip);
    }
  },
});

interface What {
  readonly text?: string | undefined;
  readonly sound?: string | undefined;
  readonly media?: string | undefined;
  readonly language?: string | undefined;
  readonly engine?: string | undefined;
  readonly voice?: string | undefined;
  readonly volume: number;
}

interface Ready {
  readonly sounds: readonly string[];
  readonly clips: readonly Clip[];
}

async function prepare(
  pbx: PbxView,
  what: What,
  shape: Shape,
  announcing: ActionContext['announcing'],
): Promise<Ready> {
  const source = sourceOf(what);
  if (source !== null) {
    const clip = await announcing.clip(pbx.id, source, shape);
    return { sounds: [clip.playback], clips: [clip] };
  }
  if (what.volume !== 100)
    throw new ActionError(
      'invalid',
      'A sound of Asterisk’s is as loud as it is: leave volume out.',
      'volume',
    );
  const sounds = Array.from({ length: shape.times }, () => what.sound ?? '');
  if (shape.silence === 0) return { sounds, clips: [] };
  const wait = await announcing.clip(pbx.id, { kind: 'silence' }, { ...shape, times: 1 });
  return { sounds: [...sounds, wait.playback], clips: [wait] };
}

/** Null: a sound that Asterisk has. */
function sourceOf({ text, sound, media, language, engine, voice }: What): Source | null {
  if ([text, sound, media].filter((one) => one !== undefined).length !== 1)
    throw new ActionError('invalid', 'What is to be heard? Give one of text, sound and media.', 'text');
  if (media !== undefined) return { kind: 'media', id: media };
  return text === undefined ? null : { kind: 'speech', speech: { text, language, engine, voice } };
}

interface Whom {
  readonly phones?: readonly string[] | undefined;
  readonly group?: string | undefined;
}

async function whom(pbx: PbxView, fields: Whom, log: ActionContext['log']): Promise<Phone[]> {
  const named = (fields.phones ?? []).map((text) => findPhone(pbx, text, 'phones'));
  const group = fields.group === undefined ? null : await groupOf(pbx, fields.group);
  const members = (group?.phones ?? []).map((endpoint) => ({
    endpoint,
    phone: pbx.phones.byEndpoint(endpoint),
  }));
  const missing = members.filter(({ phone }) => phone === undefined).map(({ endpoint }) => endpoint);
  if (missing.length > 0)
    log.warn({ group: group?.name, missing }, 'This Asterisk does not have all phones of the group');
  const all = [...named, ...members.flatMap(({ phone }) => phone ?? [])];
  const phones = [...new Map(all.map((phone) => [phone.id, phone])).values()];
  if (phones.length > MOST_PHONES)
    throw new ActionError('invalid', `An announcement takes at most ${MOST_PHONES} phones.`, 'phones');
  if (phones.length > 0) return phones;
  if (group !== null)
    throw new ActionError('conflict', `Asterisk ${pbx.id} has no phone of the group ${group.name}.`, 'group');
  throw new ActionError('invalid', 'On which phones? Name phones or a group.', 'phones');
}

/** Nothing that a dialplan function's argument is made of. */
const DIAL_GROUP = /^[\w.-]{1,64}$/;

/** A group of the settings, else a dial group that the dialplan keeps (`DIALGROUP(name)`). */
async function groupOf(pbx: PbxView, text: string): Promise<Pick<Group, 'name' | 'phones'>> {
  if (pbx.groups.find(text) !== undefined || !DIAL_GROUP.test(text)) return findGroup(pbx, text);
  const answer = await pbx.ami.send({ Action: 'Getvar', Variable: `DIALGROUP(${text})` });
  const phones = answer.get('Value').split('&').filter(Boolean);
  // One that nobody is in is not told from one that does not exist.
  return phones.length === 0 ? findGroup(pbx, text) : { name: text, phones };
}

/** Codes of what makes sounds, and of Home Assistant's link; every other is `failed`. */
const CODES: Readonly<Record<string, ActionErrorCode>> = {
  invalid: 'invalid',
  forbidden: 'forbidden',
  unavailable: 'unavailable',
  not_found: 'not_found',
  not_connected: 'unavailable',
};

/** What cannot be made ready is an answer, too. */
async function made(make: () => Promise<Ready>): Promise<Ready> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error instanceof ActionError) throw error;
    const code = CODES[String(error.code)] ?? 'failed';
    const at = 'field' in error && typeof error.field === 'string' ? error.field : null;
    throw new ActionError(code, error.message, at);
  }
}

/** Nobody was rung because Asterisk would not: that is no result. */
function refuseIfNone(outcomes: readonly Outcome[]): void {
  if (outcomes.some(({ state }) => state !== 'failed')) return;
  throw new ActionError('failed', [...new Set(outcomes.map(({ reason }) => reason))].join(' '));
}

function resultOf({ outcomes, first }: Played) {
  const confirmed = outcomes.find(({ phone }) => phone === first);
  const heard = outcomes.some(({ state }) => state === 'answered');
  return {
    state: confirmed ? ('confirmed' as const) : heard ? ('answered' as const) : ('not_answered' as const),
    digit: confirmed?.digit ?? null,
    by: confirmed ? refOf(confirmed.phone) : null,
    phones: outcomes.map(({ phone, state, digit, seconds, reason }) => ({
      ...refOf(phone),
      state,
      digit,
      seconds,
      reason,
    })),
  };
}

/** Asterisk keeps what it has fetched: it is asked to throw it away, where the login may ask for that. */
async function forget(pbx: PbxView, clip: Clip): Promise<void> {
  await clip.release();
  if (!clip.fetched || !clip.playback.startsWith('http') || !pbx.status.up) return;
  await pbx.ami
    .send({ Action: 'Command', Command: `media cache delete ${clip.playback}` })
    .catch(() => undefined);
}
