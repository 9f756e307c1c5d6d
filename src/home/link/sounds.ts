/** Where Home Assistant has a sound: a text that it speaks, or a file of a media source. */
import { HomeAssistantError, type Link } from './link.ts';

export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Saying {
  readonly text: string;
  readonly language?: string | undefined;
  readonly engine?: string | undefined;
  readonly voice?: string | undefined;
}

interface Engine {
  readonly engine_id: string;
  readonly supported_languages: readonly string[] | null;
  readonly deprecated?: boolean;
}

/** What its own ffmpeg is to make of the speech: as Asterisk plays it. */
const WAV = {
  preferred_format: 'wav',
  preferred_sample_rate: 8000,
  preferred_sample_channels: 1,
  preferred_sample_bytes: 2,
};

/**
 * Has a text spoken, and gives where the speech is.
 * @param language Home Assistant's, for the choice of an engine
 * @param wav ask for speech that needs no conversion
 * @throws HomeAssistantError
 */
export async function say(link: Link, saying: Saying, language: string, wav: boolean): Promise<Address> {
  const { engine, spoken } = await chosen(link, saying, language);
  const options = { ...(saying.voice === undefined ? {} : { voice: saying.voice }), ...(wav ? WAV : {}) };
  const answer = (await link.rest('POST', 'tts_get_url', {
    engine_id: engine,
    message: saying.text,
    ...(spoken === undefined ? {} : { language: spoken }),
    options,
  })) as { path?: unknown } | null;
  if (typeof answer?.path !== 'string')
    throw new HomeAssistantError('unavailable', 'Home Assistant has no text-to-speech');
  return link.address(answer.path);
}

/** @throws HomeAssistantError: there is no such media, or it is not to be had over HTTP */
export async function resolve(link: Link, id: string): Promise<Address> {
  const message = { type: 'media_source/resolve_media', media_content_id: id, expires: 600 };
  const { url } = await link.call<{ url: string }>(message);
  return link.address(url);
}

/** The engine that speaks it, and its own name of the language; undefined: its own language. */
async function chosen(
  link: Link,
  { engine, language }: Saying,
  own: string,
): Promise<{ engine: string; spoken: string | undefined }> {
  const { providers } = await link
    .call<{ providers: readonly Engine[] }>({ type: 'tts/engine/list', language: language ?? own })
    .catch((error: unknown) => {
      if (error instanceof HomeAssistantError && error.code === 'unknown_command') return { providers: [] };
      throw error;
    });
  const engines = providers.filter((one) => one.deprecated !== true);
  if (engines.length === 0)
    throw new HomeAssistantError(
      'unavailable',
      'Home Assistant has no text-to-speech engine: add one, such as Piper, in Settings, Voice assistants',
    );
  const named = engine === undefined ? undefined : providers.find((one) => one.engine_id === engine);
  if (engine !== undefined && named === undefined) {
    const known = engines.map((one) => one.engine_id).join(', ');
    throw new HomeAssistantError(
      'not_found',
      `Home Assistant has no text-to-speech engine ${JSON.stringify(engine)}; there is ${known}`,
    );
  }
  const speaks = (one: Engine) => (one.supported_languages?.length ?? 0) > 0;
  const found = named ?? engines.find(speaks) ?? (engines[0] as Engine);
  if (speaks(found)) return { engine: found.engine_id, spoken: found.supported_languages?.[0] };
  if (language === undefined) return { engine: found.engine_id, spoken: undefined };
  throw new HomeAssistantError('not_found', `${found.engine_id} does not speak ${JSON.stringify(language)}`);
}
