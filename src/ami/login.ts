/** How to log in, and what the user who did may do. */
import { createHash } from 'node:crypto';
import type { ActionName, AmiAction } from './actions.ts';
import { AmiActionError } from './errors.ts';
import type { EventClass } from './messages.ts';
import type { AmiOptions, AmiRights } from './options.ts';
import type { AmiResponse } from './response.ts';

/** Sends an action; rejects as AmiClient.send does. */
export type Ask = (action: AmiAction) => Promise<AmiResponse>;

/** The login for these event classes. Over plain TCP the secret itself stays here, if Asterisk gives a challenge. */
export async function loginAction(
  { username, secret, tls }: Pick<AmiOptions, 'username' | 'secret' | 'tls'>,
  classes: readonly EventClass[],
  ask: Ask,
): Promise<AmiAction<'Login'>> {
  const common = { Action: 'Login', Username: username, Events: classes.join(',') || 'off' } as const;
  // none when this Asterisk gives no challenge
  const given = tls === false ? await ifAllowed(ask, { Action: 'Challenge', AuthType: 'MD5' }) : null;
  const challenge = given?.get('Challenge') ?? '';
  if (challenge === '') return { ...common, Secret: secret };
  const Key = createHash('md5').update(challenge).update(secret).digest('hex');
  return { ...common, AuthType: 'MD5', Key };
}

/** The answer, or null when Asterisk refuses. */
export async function ifAllowed(ask: Ask, action: AmiAction): Promise<AmiResponse | null> {
  try {
    return await ask(action);
  } catch (error) {
    if (error instanceof AmiActionError) return null;
    throw error;
  }
}

/** Actions of this project that a missing right or module would silently break. */
const PROBED: readonly ActionName[] = [
  'Originate',
  'Redirect',
  'Hangup',
  'Park',
  'ParkedCalls',
  'Parkinglots',
  'PlayDTMF',
  'BlindTransfer',
  'Atxfer',
  'Bridge',
  'Getvar',
  'Setvar',
  'UserEvent',
  'CoreShowChannels',
  'DeviceStateList',
  'PJSIPShowEndpoints',
  'PJSIPShowContacts',
];

/** From the answer to ListCommands, which names only what the user may do: each line is `Action: words (Priv: …)`. */
export function rightsFrom(response: AmiResponse): Omit<AmiRights, 'reads'> {
  const listed = response.headers.filter(([, words]) => words.includes('(Priv: '));
  const actions = new Set(listed.map(([name]) => name));
  return { actions, missingActions: PROBED.filter((name) => !actions.has(name)) };
}

/** From the answer to `manager show user NAME`; null when it says nothing of it. */
export function readsFrom(response: AmiResponse): ReadonlySet<string> | null {
  for (const line of response.all('Output')) {
    const [, classes] = /^\s*read perm: (.*)$/.exec(line) ?? [];
    if (classes !== undefined) return new Set(classes.trim().split(','));
  }
  return null;
}
