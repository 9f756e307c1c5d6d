// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest';

// What the browser gets as it is, and TypeScript does not read.
const BUTTONS: string = '../../src/http/page/buttons.js';
const { button } = (await import(BUTTONS)) as {
  button(label: string, action: string, fields: object): HTMLButtonElement;
};

afterEach(() => vi.unstubAllGlobals());

it('is busy until its own question is answered, drawn anew or not', async () => {
  const answers: (() => void)[] = [];
  vi.stubGlobal(
    'fetch',
    () => new Promise((resolve) => answers.push(() => resolve(Response.json({ ok: true })))),
  );
  const make = () => [6001, 6002].map((phone) => button('Hang up', 'hang_up', { phone }));
  const busy = () => [...document.body.children].map((one) => one.getAttribute('aria-busy'));
  document.body.replaceChildren(...make());
  for (const one of document.querySelectorAll('button')) one.click();
  expect(busy()).toEqual(['true', 'true']);
  document.body.replaceChildren(...make());
  expect(busy()).toEqual(['true', 'true']);
  answers[0]?.();
  await vi.waitFor(() => expect(busy()).toEqual([null, 'true']));
  answers[1]?.();
  await vi.waitFor(() => expect(busy()).toEqual([null, null]));
});
