import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EVENTS, type EventName } from '../../src/ami/index.ts';
import { decode } from './decoding.ts';
import { GREETING } from './fake-asterisk.ts';

/** The part of the npm package `asterisk-manager` that is used as a second opinion. */
interface StockManager {
  on(event: 'rawevent', listener: (item: Record<string, unknown>) => void): void;
  connect(port: number, host: string, ready: () => void): void;
  disconnect(): void;
}

const Manager = createRequire(import.meta.url)('asterisk-manager') as (port?: number) => StockManager;

/** It reads `Variable` headers as a table of its own. */
const NAMES = (Object.keys(EVENTS) as EventName[]).filter(
  (name) => name !== 'VarSet' && !('open' in EVENTS[name] && EVENTS[name].open),
);

/** What Asterisk may send as a value: anything but line ends. */
const value = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('', ' ', '<unknown>', ': ', 'a: b', '\\"', '🚪', 'Event: Hangup', '--END COMMAND--'),
  )
  .map((text) => text.replace(/[\r\n\0]/g, ''));

/** An event with some of its headers, in any order. */
const message = fc.constantFrom(...NAMES).chain((name) =>
  fc
    .shuffledSubarray([...(EVENTS[name].headers as readonly string[])])
    .chain((headers) => fc.tuple(...headers.map((header) => value.map((text) => [header, text] as const))))
    .map((headers) => ({ name, headers: headers as (readonly [string, string])[] })),
);

it('reads what the stock client reads', async () => {
  const messages = fc.sample(message, { numRuns: 500, seed: 1 });
  const text = messages
    .map(
      ({ name, headers }) =>
        `Event: ${name}\r\n${headers.map((pair) => `${pair.join(': ')}\r\n`).join('')}\r\n`,
    )
    .join('');
  const theirs = await stockReads(text, messages.length);
  const { events } = decode(GREETING + text);
  expect(events).toHaveLength(messages.length);
  for (const [i, event] of events.entries()) {
    const { escaped } = EVENTS[event.Event];
    for (const [name, ours] of Object.entries(event) as [string, string][]) {
      const raw = name === 'Event' ? event.Event : ((theirs[i]?.[name.toLowerCase()] as string) ?? '');
      expect(ours, `${event.Event} ${name}`).toBe(meaning(raw, escaped.has(name)));
    }
  }
});

/** What a raw value means, told the long way round. */
function meaning(raw: string, escaped: boolean): string {
  if (raw === '<unknown>') return '';
  if (!escaped) return raw;
  const letters: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  let text = '';
  const characters = [...raw];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const following = characters[i + 1];
    if (character !== '\\' || following === undefined) text += character;
    else {
      text += letters[following] ?? following;
      i++;
    }
  }
  return text;
}

async function stockReads(text: string, count: number): Promise<Record<string, unknown>[]> {
  const server = createServer((socket) => socket.end(GREETING + text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const manager = Manager();
  const items: Record<string, unknown>[] = [];
  await new Promise<void>((resolve) => {
    manager.on('rawevent', (item) => {
      items.push(item);
      if (items.length === count) resolve();
    });
    manager.connect((server.address() as { port: number }).port, '127.0.0.1', () => {});
  });
  manager.disconnect();
  server.close();
  return items;
}
