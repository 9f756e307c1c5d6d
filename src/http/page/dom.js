/** Elements. What callers and phones are called is only ever set as text. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} properties of the element; `class` and `data-*` are attributes
 * @param {(Node | string | null)[]} children
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class' || name.startsWith('data-')) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

/**
 * A sentence with names in it, as children of an element. What writes from right to left in a name, or pretends to,
 * turns nothing round it: each is isolated.
 * @param {TemplateStringsArray} words
 * @param {(string | (Node | string)[])[]} names a list is a part of the sentence that was made so already
 * @returns {(Node | string)[]}
 */
export function say(words, ...names) {
  return words.flatMap((text, at) => {
    const name = names[at] ?? '';
    if (name === '') return [text];
    return Array.isArray(name) ? [text, ...name] : [text, el('bdi', {}, name)];
  });
}

/**
 * Shows one element for each row, in the rows' order. A row that looks as before keeps its element, and with it the
 * focus.
 * @param {Element} parent
 * @param {{key: string, looks: unknown, make: () => Element}[]} rows
 */
export function show(parent, rows) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const focus = document.activeElement?.closest('[data-key]');
  const focused = focus?.dataset.key;
  const label = document.activeElement?.dataset?.action;
  const elements = rows.map(({ key, looks, make }) => {
    const text = JSON.stringify(looks);
    const known = before.get(key);
    if (known?.looks === text) return known;
    const made = make();
    made.dataset.key = key;
    made.looks = text;
    return made;
  });
  const same =
    elements.length === parent.children.length && elements.every((one, n) => one === parent.children[n]);
  if (same) return;
  parent.replaceChildren(...elements);
  if (focused === undefined || document.activeElement !== document.body) return;
  const again = elements.find((one) => one.dataset.key === focused);
  again?.querySelector(label ? `[data-action="${label}"]` : 'button')?.focus();
}

/** @param {string} id */
export function byId(id) {
  return document.getElementById(id);
}
