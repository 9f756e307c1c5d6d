import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Home } from '../../src/home/index.ts';
import { Link } from '../../src/home/link/link.ts';
import { FakeHomeAssistant } from './fake-home-assistant.ts';
import { makeHome } from './setup.ts';

const PIPER = { engine_id: 'tts.piper', supported_languages: ['en_GB', 'en_US'] };
const DEUTSCH = { engine_id: 'tts.deutsch', supported_languages: ['de_DE'] };

let ha: FakeHomeAssistant;
let home: Home;
let engines: object[];

beforeEach(async () => {
  ha = new FakeHomeAssistant();
  engines = [DEUTSCH, PIPER];
  // As Home Assistant does: of each engine, the languages that match.
  ha.commands['tts/engine/list'] = ({ language }) => ({
    providers: (engines as (typeof PIPER)[]).map((engine) => ({
      ...engine,
      supported_languages: engine.supported_languages.filter((one) => one.startsWith(String(language))),
    })),
  });
  ha.commands['media_source/resolve_media'] = ({ media_content_id: id }) => {
    if (id === 'media-source://none') throw ['resolve_media_failed', 'Unknown media source'];
    return { url: String(id).includes('radio') ? 'http://radio/stream' : '/media/local/a.mp3?authSig=x' };
  };
  await ha.start();
  home = makeHome({ homeAssistant: { url: ha.url, token: 'good', files: 'http://172.30.32.1:8123/' } }).home;
  home.start();
  await vi.waitFor(() => expect(home.status.homeAssistant?.connected).toBe(true), 5_000);
});
afterEach(async () => {
  await home.stop();
  await ha.stop();
});

describe('a text', () => {
  it('is spoken by the first engine that has Home Assistant’s language, and fetched from its API', async () => {
    expect(await home.say({ text: 'Hi "there"' }, false)).toEqual({
      url: `${ha.url}/api/tts_proxy/speech.mp3`,
      headers: { authorization: 'Bearer good' },
    });
    expect(ha.spoken).toEqual([
      { engine_id: 'tts.piper', message: 'Hi "there"', language: 'en_GB', options: {} },
    ]);
  });

  it('is spoken in the language and the voice that are asked for, as WAV where that is needed', async () => {
    await home.say({ text: 'Hallo', language: 'de', voice: 'eva' }, true);
    expect(ha.spoken).toEqual([
      {
        engine_id: 'tts.deutsch',
        message: 'Hallo',
        language: 'de_DE',
        options: {
          voice: 'eva',
          preferred_format: 'wav',
          preferred_sample_rate: 8000,
          preferred_sample_channels: 1,
          preferred_sample_bytes: 2,
        },
      },
    ]);
  });

  it('is spoken by the engine that is asked for, in its own language where no other is', async () => {
    await home.say({ text: 'Hi', engine: 'tts.deutsch' }, false);
    expect(ha.spoken).toEqual([{ engine_id: 'tts.deutsch', message: 'Hi', options: {} }]);
  });

  it('is refused in words', async () => {
    const say = (saying: object) => home.say({ text: 'Hi', ...saying }, false);
    await expect(say({ engine: 'tts.x' })).rejects.toThrow(
      'Home Assistant has no text-to-speech engine "tts.x"; there is tts.deutsch, tts.piper',
    );
    await expect(say({ language: 'fr' })).rejects.toThrow('tts.deutsch does not speak "fr"');
    engines = [];
    await expect(say({})).rejects.toThrow(/has no text-to-speech engine: add one, such as Piper/);
    delete ha.commands['tts/engine/list'];
    await expect(say({})).rejects.toThrow(/has no text-to-speech engine: add one/);
    expect(ha.spoken).toEqual([]);
  });
});

describe('a media file', () => {
  it('is fetched from Home Assistant itself, without the token', async () => {
    expect(await home.resolveMedia('media-source://local/a.mp3')).toEqual({
      url: 'http://172.30.32.1:8123/media/local/a.mp3?authSig=x',
      headers: {},
    });
    expect(await home.resolveMedia('media-source://radio/1')).toEqual({
      url: 'http://radio/stream',
      headers: {},
    });
  });

  it('that is not there is said in Home Assistant’s words', async () => {
    await expect(home.resolveMedia('media-source://none')).rejects.toThrow('Unknown media source');
  });

  it('needs a link to Home Assistant', async () => {
    const { home: alone } = makeHome({ homeAssistant: null });
    await expect(alone.resolveMedia('media-source://x')).rejects.toThrow(/set home_assistant/);
    await alone.stop();
  });
});

it('is looked for at the one address where Home Assistant has no other', () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const link = new Link({ url: 'http://home:8123/', token: 't' }, log);
  expect(link.address('/media/a.mp3').url).toBe('http://home:8123/media/a.mp3');
});

it.each([
  '/api/../../addons',
  '/api/%2e%2e/%2E%2e/addons',
  '/api/..\\..\\addons',
  '//evil/api/',
  'http://supervisor/core/api/x',
])('gets no token where %s leads beside the API', (path) => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const link = new Link({ url: 'http://supervisor/core', token: 't', files: 'http://home:8123' }, log);
  expect(link.address(path).headers).toEqual({});
  expect(link.address('/api/tts_proxy/a.mp3')).toEqual({
    url: 'http://supervisor/core/api/tts_proxy/a.mp3',
    headers: { authorization: 'Bearer t' },
  });
});
