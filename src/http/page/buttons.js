/** Buttons that ask for an action and say what came of it. */
import { ask } from './api.js';
import { byId, el } from './dom.js';

const TOAST_MS = 6_000;

/** Asked for and not answered yet: `action fields`. They stay so while their card is drawn anew. */
const running = new Set();

/**
 * @param {string} label
 * @param {string} action
 * @param {object} fields
 * @param {{kind?: string, disabled?: boolean, done?: string}} [more]
 */
export function button(label, action, fields, { kind = '', disabled = false, done = '' } = {}) {
  const key = `${action} ${JSON.stringify(fields)}`;
  const properties = { type: 'button', class: kind, disabled, 'data-action': action, asks: key };
  const element = el('button', properties, label);
  if (running.has(key)) element.setAttribute('aria-busy', 'true');
  element.addEventListener('click', async () => {
    if (running.has(key)) return;
    running.add(key);
    element.setAttribute('aria-busy', 'true');
    try {
      await ask(`api/actions/${action}`, fields);
      if (done) toast(done);
    } catch (error) {
      toast(error.message, 'bad');
    } finally {
      running.delete(key);
      for (const one of document.querySelectorAll('[aria-busy]'))
        if (one.asks === key) one.removeAttribute('aria-busy');
    }
  });
  return element;
}

/** Says something for some seconds. */
export function toast(text, kind = '') {
  const element = el('p', { class: `toast ${kind}` }, text);
  byId('toasts').append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}
