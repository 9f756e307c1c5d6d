import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `test/lab`. */
export const LAB_SOURCE = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The repository's root. */
export const REPO = resolve(LAB_SOURCE, '../..');

/** Where one lab lives on this machine: its folders and its ports. */
export interface Place {
  /** Added to every port, so that labs can run side by side. A multiple of 100. */
  readonly offset: number;
  /** What outlives a run: the Debian tree, Home Assistant's venv, tools. */
  readonly cache: string;
  /** What one run writes. Gone when the lab has stopped. */
  readonly run: string;
}

/** Ports of a lab, before its offset. All of them are on 127.0.0.1. */
const PORTS = {
  ami: 5038,
  amiTls: 5048,
  sip: 5060,
  iax: 5066,
  /** Where the DECT bases of pjsip.conf are. */
  dect: 5070,
  broker: 1883,
  homeAssistant: 8123,
} as const;

/** Highest offset: beyond it the ports for sound would meet those that the system hands out. */
const MAX_OFFSET = 2000;

/**
 * The place that the environment asks for: `LAB_DIR` is the cache folder (default `.lab` in the repository),
 * `LAB_PORT_BASE` the number added to every port (0, 100, 200 … 2000; default 0).
 */
export function placeFromEnvironment(env: NodeJS.ProcessEnv = process.env): Place {
  const offset = Number(env.LAB_PORT_BASE ?? 0);
  if (!Number.isInteger(offset) || offset < 0 || offset > MAX_OFFSET || offset % 100 !== 0) {
    throw new Error(`LAB_PORT_BASE is ${env.LAB_PORT_BASE}: it takes 0, 100, 200 … ${MAX_OFFSET}`);
  }
  const cache = resolve(REPO, env.LAB_DIR || '.lab');
  return { offset, cache, run: join(cache, `run-${offset}`) };
}

/** A port of this lab, on 127.0.0.1. `index` is the number of the Asterisk, from 0. */
export function portOf(place: Place, name: keyof typeof PORTS, index = 0): number {
  const step = name === 'sip' ? 2 : 1;
  return PORTS[name] + place.offset + step * index;
}

/** The UDP ports that an Asterisk of this lab uses for sound: 400 of them. */
export function rtpRange(place: Place, index: number): { start: number; end: number } {
  const start = 10_000 + place.offset * 10 + index * 400;
  return { start, end: start + 399 };
}
