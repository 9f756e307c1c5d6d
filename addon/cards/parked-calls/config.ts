export const CARD_TYPE = 'asterisk-parked-calls';

/** What a dashboard may say about the card. */
export interface ParkedCallsConfig {
  readonly type: string;
  readonly title?: string;
  /** Entities of the lots; all that there are when left out or empty. */
  readonly lots?: readonly string[];
  /** Entity of the phone that is preselected. */
  readonly phone?: string;
  /** Whether people may choose another phone; default true. */
  readonly choose_phone?: boolean;
  /** Whether free spaces are listed; default true. */
  readonly show_empty?: boolean;
  readonly compact?: boolean;
}

const SWITCHES = ['choose_phone', 'show_empty', 'compact'] as const;

/** Throws an Error in words, which Home Assistant shows in the card's place. */
export function checkConfig(config: Readonly<Record<string, unknown>>): ParkedCallsConfig {
  const { title, lots, phone } = config;
  if (title !== undefined && typeof title !== 'string') throw new Error('title: must be a text');
  if (lots !== undefined && !(Array.isArray(lots) && lots.every(isEntityId))) {
    throw new Error('lots: must be a list of entities, such as [sensor.parking_default_parked_calls]');
  }
  if (phone !== undefined && phone !== '' && !isEntityId(phone)) {
    throw new Error('phone: must be an entity, such as sensor.kitchen_state');
  }
  for (const key of SWITCHES) {
    if (config[key] !== undefined && typeof config[key] !== 'boolean') {
      throw new Error(`${key}: must be true or false`);
    }
  }
  return config as unknown as ParkedCallsConfig;
}

function isEntityId(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9_]+\.[a-z0-9_]+$/.test(value);
}
