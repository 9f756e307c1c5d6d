/** The demo says in every scene what a real Asterisk said: see test/lab/record.ts. */
import { describe, expect, it } from 'vitest';
import { readTraces } from '../../src/demo/traces.ts';
import { comparable } from './comparison.ts';
import { recorded, replayed } from './replay.ts';

/** Scenes that other tests hold, and what the demo's phones do otherwise on purpose. */
const NOT_HERE = new Set([
  'session',
  'refused-login',
  // The demo has no user with fewer rights.
  'rights',
  // The demo's phones pick up when they are asked to.
  'talk-refused',
]);

const SCENES = readTraces().filter(({ scene }) => !NOT_HERE.has(scene));

describe.each(SCENES.map((trace) => ({ name: trace.scene, trace })))('$name', ({ trace }) => {
  const theirs = comparable(recorded(trace));
  const ours = comparable(replayed(trace));

  it('tells the same events of each channel, bridge and device, in the same order', () => {
    expect(ours.map(({ after, told }) => ({ after, told }))).toEqual(
      theirs.map(({ after, told }) => ({ after, told })),
    );
  });

  it('gives the same answers', () => {
    expect(ours.map(({ after, answers }) => ({ after, answers }))).toEqual(
      theirs.map(({ after, answers }) => ({ after, answers })),
    );
  });

  it('sends the headers in the same order', () => {
    const headers = (passages: typeof ours) =>
      passages.flatMap(({ told, answers }) =>
        [...Object.values(told).flat(), ...answers].map(
          (message) => `${message.Event ?? message.Response}: ${Object.keys(message).join(', ')}`,
        ),
      );
    expect(headers(ours).sort()).toEqual(headers(theirs).sort());
  });
});

it('has scenes at all', () => {
  expect(SCENES.length).toBeGreaterThan(25);
});
