import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clips } from '../../src/media/clips.ts';
import { diskProblem } from '../../src/media/errors.ts';
import { type Clip, Media, MediaError, type MediaOptions, type Source } from '../../src/media/index.ts';
import { wavOf } from '../../src/media/wav.ts';

const ONE_SECOND = wavOf(Buffer.alloc(16_000, 1));
/** As a response's body is typed. */
const BODY = new Uint8Array(ONE_SECOND);
const ONCE = { times: 1, volume: 100, silence: 0 };
const SPEECH: Source = { kind: 'speech', speech: { text: 'Hello' } };

let folder: string;
let media: Media | undefined;
const lines: [string, object, string][] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await media?.stop();
  lines.length = 0;
  await rm(folder, { recursive: true });
});

const says = (body: BodyInit | null, init: ResponseInit = {}) =>
  (() => Promise.resolve(new Response(body, init))) as typeof fetch;

async function make(options: Partial<MediaOptions> = {}): Promise<Media> {
  const log = (level: string) => (facts: object, message: string) => void lines.push([level, facts, message]);
  media = new Media({
    url: null,
    host: null,
    port: null,
    folder: null,
    near: () => true,
    say: async () => ({ url: 'http://home/speech', headers: {} }),
    resolve: async () => ({ url: 'http://home/file', headers: {} }),
    fetch: says(BODY),
    path: folder,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    ...options,
  });
  await media.start();
  return media;
}

const failure = (made: Promise<unknown>) =>
  made.then(
    () => null,
    (error: unknown) => error as MediaError,
  );

/** A program by that name on the PATH, which is a script of ours. */
async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('a clip', () => {
  it('is served to this machine alone, as WAV, until it is released', async () => {
    const clip = await (await make()).clip('home', SPEECH, ONCE);
    expect(clip).toMatchObject({ seconds: 1, fetched: false });
    expect(clip.playback).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/media\/[0-9a-f]{32}\.wav$/);
    const answer = await fetch(clip.playback);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav']);
    expect(answer.headers.get('cache-control')).toMatch(/^max-age=\d+$/);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(ONE_SECOND);
    expect(clip.fetched).toBe(true);
    await clip.release();
    expect((await fetch(clip.playback)).status).toBe(404);
  });

  it('has nothing beside it: no list, no other path, no other method', async () => {
    const clip = await (await make()).clip('home', SPEECH, ONCE);
    const { origin } = new URL(clip.playback);
    const other = `${origin}/media/${'0'.repeat(32)}.wav`;
    for (const url of [`${origin}/`, `${origin}/media/`, `${clip.playback}/`, `${clip.playback}?a`, other])
      expect([url, (await fetch(url)).status]).toEqual([url, 404]);
    expect((await fetch(clip.playback, { method: 'POST' })).status).toBe(405);
    expect(clip.fetched).toBe(false);
  });

  it('is not served to one who asks without end', async () => {
    const clip = await (await make()).clip('home', SPEECH, ONCE);
    const other = new URL('/media/', clip.playback);
    await Promise.all(Array.from({ length: 60 }, () => many(other, 10)));
    expect((await fetch(clip.playback)).status).toBe(429);
  });

  it('is served on when connections cannot be taken in', async () => {
    const listening = vi.spyOn(Server.prototype, 'listen');
    const clip = await (await make()).clip('home', SPEECH, ONCE);
    const [server] = listening.mock.contexts as Server[];
    listening.mockRestore();
    for (let time = 0; time < 3; time += 1) server?.emit('error', new Error('accept EMFILE'));
    expect((await fetch(clip.playback)).status).toBe(200);
  });

  it('is fetched where the settings say that Asterisk finds it', async () => {
    const clip = await (await make({ url: 'http://192.168.1.5:8098/', host: '127.0.0.1', port: 0 })).clip(
      'away',
      SPEECH,
      ONCE,
    );
    expect(clip.playback).toMatch(/^http:\/\/192\.168\.1\.5:8098\/media\//);
  });

  it('says what to set when Asterisk is on another machine', async () => {
    const error = await failure((await make({ near: () => false })).clip('away', SPEECH, ONCE));
    expect(error).toMatchObject({ code: 'forbidden', message: expect.stringMatching(/set announce\.url/) });
  });

  it('says in words that it cannot be served, and goes on without', async () => {
    const first = await make();
    const { port } = new URL((await first.clip('home', SPEECH, ONCE)).playback);
    const second = await make({ port: Number(port) });
    const error = await failure(second.clip('home', SPEECH, ONCE));
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/announce\.port\): .*EADDRINUSE/),
    });
    expect(lines.at(-1)?.[0]).toBe('error');
    await second.stop();
    await first.stop();
  });

  it('may not be longer than two minutes', async () => {
    const error = await failure((await make()).clip('home', SPEECH, { ...ONCE, times: 70 }));
    expect(error).toMatchObject({ code: 'invalid', field: 'repeat' });
  });

  it('is silence alone when that is wanted', async () => {
    const made = await make({ say: () => Promise.reject(new Error('nobody speaks')) });
    expect(await made.clip('home', { kind: 'silence' }, { ...ONCE, silence: 3 })).toMatchObject({
      seconds: 3,
    });
  });
});

describe('what is fetched', () => {
  it.each([
    ['a refusal', says('gone', { status: 403 }), /the server answered 403/],
    ['nothing', says(''), /is empty/],
    ['a network that fails', () => Promise.reject(new TypeError('fetch failed')), /could not be fetched/],
    ['more than 25 MB', says(new Uint8Array(26 << 20)), /larger than 25 MB/],
  ])('is refused in words: %s', async (_what, request, words) => {
    const error = await failure((await make({ fetch: request as typeof fetch })).clip('home', SPEECH, ONCE));
    expect(error).toBeInstanceOf(MediaError);
    expect(error?.message).toMatch(words);
    expect(error?.message).not.toContain('http://home');
  });

  it('is no more than a few at once, whatever becomes of each; the others wait', async () => {
    const waiting: (() => void)[] = [];
    const request = () =>
      new Promise<Response>((resolve, reject) => {
        const odd = waiting.length % 2 === 1;
        waiting.push(() => (odd ? reject(new TypeError('fetch failed')) : resolve(new Response(BODY))));
      });
    const made = await make({ fetch: request as typeof fetch });
    const clips = Array.from({ length: 10 }, () => made.clip('home', SPEECH, ONCE).catch(() => null));
    for (const asked of [4, 8, 10]) {
      await vi.waitFor(() => expect(waiting).toHaveLength(asked));
      for (const end of waiting.slice(-4)) end();
    }
    expect((await Promise.all(clips)).filter((clip) => clip !== null)).toHaveLength(5);
    const last = made.clip('home', SPEECH, ONCE);
    await vi.waitFor(() => expect(waiting).toHaveLength(11));
    waiting.at(-1)?.();
    expect(await last).toMatchObject({ seconds: 1 });
  });

  it('is asked for as Asterisk plays it where nothing can convert', async () => {
    const say = vi.fn(async () => ({ url: 'http://home/speech', headers: { authorization: 'Bearer x' } }));
    const request = vi.fn(says(BODY));
    await (await make({ say, fetch: request })).clip('home', SPEECH, ONCE);
    expect(say).toHaveBeenCalledWith({ text: 'Hello' }, true);
    expect(request.mock.calls[0]).toMatchObject([
      'http://home/speech',
      { headers: { authorization: 'Bearer x' } },
    ]);
  });
});

describe('a conversion', () => {
  const mp3 = says('ID3 something', { headers: { 'content-type': 'audio/mpeg; charset=x' } });

  it('says that there is no program for it', async () => {
    const error = await failure((await make({ fetch: mp3 })).clip('home', { kind: 'media', id: 'x' }, ONCE));
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/no ffmpeg or sox on the PATH/),
    });
  });

  it('is done by the program that is there, which is told the file and no shell reads it', async () => {
    await program('sox', `echo "$@" >${folder}/arguments; cat "$2"; printf 'even'`);
    const say = vi.fn(async () => ({ url: 'http://home/speech', headers: {} }));
    const clip = await (await make({ fetch: mp3, say })).clip('home', SPEECH, ONCE);
    expect(say).toHaveBeenCalledWith({ text: 'Hello' }, false);
    expect(await readFile(join(folder, 'arguments'), 'utf8')).toMatch(
      /^-V1 \/\S+\/sound\.mp3 -t raw -r 8000 -e signed-integer -b 16 -c 1 -L - trim 0 120\n$/,
    );
    const wav = Buffer.from(await (await fetch(clip.playback)).arrayBuffer());
    expect(wav.subarray(44).toString()).toBe('ID3 somethingeve'.padEnd(16));
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('asterisk-companion-'))).toEqual([]);
  });

  it.each([
    [
      'fails',
      'echo "noise /tmp/x/sound.mp3: no sound" >&2; exit 2',
      /sox could not convert the sound: noise sound.mp3: no sound/,
    ],
    ['finds nothing', 'exit 0', /sox found no sound in it/],
    ['cannot run', 'exec /nowhere/at/all', /sox could not convert the sound/],
  ])('says why the program %s', async (_what, script, words) => {
    await program('sox', script);
    const error = await failure((await make({ fetch: mp3 })).clip('home', SPEECH, ONCE));
    expect(error?.message).toMatch(words);
  });

  it('ends a program that never ends its output', async () => {
    await program('sox', 'exec cat /dev/zero');
    expect(await (await make({ fetch: mp3 })).clip('home', SPEECH, ONCE)).toMatchObject({ seconds: 120 });
  });
});

describe('a folder', () => {
  const written = async (clip: Clip) =>
    (await readdir(folder)).includes(`${clip.playback.split('/').at(-1)}.wav`);

  it('gets the sound, until it is released; what an earlier run has left goes', async () => {
    const left = `companion-${'0'.repeat(32)}.wav`;
    await writeFile(join(folder, left), '');
    await writeFile(join(folder, 'gong.wav'), '');
    const made = await make({
      folder: { path: folder, asterisk_path: '/media/announcements/' },
      near: () => false,
    });
    expect(await readdir(folder)).toEqual(['gong.wav']);
    const clip = await made.clip('home', SPEECH, ONCE);
    expect(clip.playback).toMatch(/^\/media\/announcements\/companion-[0-9a-f]{32}$/);
    expect([clip.fetched, await written(clip)]).toEqual([true, true]);
    await clip.release();
    expect(await readdir(folder)).toEqual(['gong.wav']);
  });

  it('that is not there is said in words', async () => {
    const made = await make({ folder: { path: join(folder, 'none'), asterisk_path: 'x' } });
    expect(await failure(made.clip('home', SPEECH, ONCE))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/\(announce\.folder\): .*none: there is no such folder\.$/),
    });
  });

  it('on a full disk is said in words', () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    expect(diskProblem(full, '/media/announcements')).toBe('/media/announcements: the disk is full');
    expect(diskProblem(new Error('EIO: i/o error'), '/x')).toBe('/x: EIO: i/o error');
  });
});

describe('clips', () => {
  it('are dropped after their time, and take no more than their share', () => {
    vi.useFakeTimers();
    const clips = new Clips({ most: 100 });
    const { id } = clips.keep(Buffer.alloc(60), 1_000);
    expect(() => clips.keep(Buffer.alloc(60), 1_000)).toThrow(/wait for some to end/);
    expect(clips.get(id)).toMatchObject({ id });
    vi.advanceTimersByTime(1_000);
    expect(clips.get(id)).toBeUndefined();
    expect(clips.keep(Buffer.alloc(60), 1_000).id).not.toBe(id);
    clips.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});

async function many(url: URL, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) await fetch(url).then((answer) => answer.arrayBuffer());
}
