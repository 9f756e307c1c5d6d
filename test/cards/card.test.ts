// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../../addon/cards/index.ts';
import type { ParkedCallsCard } from '../../addon/cards/parked-calls/card.ts';
import type { EntityState, Hass, ServiceResponse } from '../../addon/cards/shared/hass.ts';
import { at, entity, hassOf, lot, NOON, parked, phone } from './fixtures.ts';

const KITCHEN = phone('6001', 'Kitchen');
const HALL = phone('6002', 'Hall', 'ringing');
const ONE_CALL = lot([parked()]);

let card: ParkedCallsCard;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.useRealTimers();
});

async function show(hass: Hass, config: object = {}): Promise<void> {
  card = document.createElement('asterisk-parked-calls') as ParkedCallsCard;
  card.setConfig({ type: 'custom:asterisk-parked-calls', ...config });
  card.hass = hass;
  document.body.append(card);
  await card.updateComplete;
}

async function change(...entities: readonly EntityState[]): Promise<void> {
  const states = Object.fromEntries(entities.map((each) => [each.entity_id, each]));
  const hass = card.hass as Hass;
  card.hass = { ...hass, states: { ...hass.states, ...states } };
  await card.updateComplete;
}

function find<E extends Element = HTMLElement>(selector: string): E | null {
  return card.renderRoot.querySelector<E>(selector);
}

/** The text of all elements that match, white space drawn together. */
function texts(selector: string): string[] {
  const found = [...card.renderRoot.querySelectorAll(selector)];
  return found.map((each) => each.textContent?.replace(/\s+/g, ' ').trim() ?? '');
}

async function press(selector: string): Promise<void> {
  find<HTMLElement>(selector)?.click();
  await vi.advanceTimersByTimeAsync(0);
  await card.updateComplete;
}

async function choose(id: string): Promise<void> {
  const select = find<HTMLSelectElement>('select') as HTMLSelectElement;
  select.value = id;
  select.dispatchEvent(new Event('change'));
  await card.updateComplete;
}

describe('what it shows', () => {
  it('who is parked where, since when, and for how long still', async () => {
    const second = parked({
      space: '703',
      name: '',
      number: '555',
      parked_by: 'Hall',
      until: null,
      call: '2',
    });
    await show(hassOf([lot([parked(), second]), KITCHEN]));
    expect(texts('.summary')).toEqual(['2 calls waiting']);
    expect(texts('.space [aria-hidden]')).toEqual(['701', '703']);
    expect(texts('.name')).toEqual(['Front door', '555']);
    expect(texts('.detail')).toEqual(['8000', 'parked by Hall']);
    expect(texts('.waited')).toEqual(['0:10', '0:10']);
    expect(texts('.left')).toEqual(['0:35 left', 'no time limit']);
    expect(texts('.free li')).toHaveLength(18);
    expect(card.renderRoot.querySelectorAll('[role=progressbar]')).toHaveLength(1);
  });

  it('names from callers as text', async () => {
    await show(hassOf([lot([parked({ name: '<img src=x onerror=alert(1)>', number: '"><b>' })])]));
    expect(texts('.name')).toEqual(['<img src=x onerror=alert(1)>']);
    expect(find('img, b')).toBeNull();
  });

  it('an empty lot, an absent one, an unavailable one and none at all', async () => {
    await show(hassOf([lot()]));
    expect(texts('.summary')).toEqual(['No parked calls']);
    await change(entity(ONE_CALL.entity_id, 'unavailable'));
    expect(texts('.message strong')).toEqual(['Asterisk cannot be reached']);
    await change({ ...lot(), entity_id: 'sensor.office' });
    expect(texts('h3')).toEqual(['default', ONE_CALL.entity_id]);
    await change(entity('sensor.office', 'unavailable'));
    expect(texts('.message strong')).toEqual(['Asterisk cannot be reached']);
    await show(hassOf([]), { lots: ['sensor.gone'] });
    expect(texts('.message strong')).toEqual(['There is no entity sensor.gone.']);
    await show(hassOf([]));
    expect(texts('.message strong')).toEqual(['No parking lot found']);
  });

  it("the user's language, and changes with it", async () => {
    await show(hassOf([ONE_CALL, KITCHEN], { locale: { language: 'de' } }));
    expect(texts('h2')).toEqual(['Geparkte Anrufe']);
    card.hass = { ...(card.hass as Hass), locale: { language: 'nl' } };
    await card.updateComplete;
    expect(texts('h2')).toEqual(['Geparkeerde gesprekken']);
  });

  it('several PBXs with a phone for each', async () => {
    const office = lot([], { pbx: 'office', lot_name: 'desk' });
    const lots = [lot([parked()]), { ...office, entity_id: 'sensor.office' }];
    await show(hassOf([...lots, KITCHEN, phone('7001', 'Desk', 'idle', 'office')]));
    expect(texts('h3')).toEqual(['desk · office', 'default · home']);
    expect(texts('.pbx')).toEqual(['office', 'home']);
  });

  it('no button where the scripts are turned off, and says so', async () => {
    await show(hassOf([ONE_CALL, KITCHEN], { services: {} }));
    expect(find('.act')).toBeNull();
    expect(find('select')).toBeNull();
    expect(texts('.message strong')).toEqual(['Retrieving is off: script.asterisk_retrieve does not exist.']);
  });
});

describe('time', () => {
  it('ticks each second while somebody is parked', async () => {
    await show(hassOf([ONE_CALL]));
    await vi.advanceTimersByTimeAsync(3000);
    expect(texts('.waited')).toEqual(['0:13']);
    expect(texts('.left')).toEqual(['0:32 left']);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(texts('.left')).toEqual(['time is up']);
    expect(find('.call')?.classList.contains('now')).toBe(true);
  });

  it('goes on ticking through the other changes of the house', async () => {
    await show(hassOf([ONE_CALL]));
    for (let tick = 0; tick < 5; tick++) {
      await vi.advanceTimersByTimeAsync(1000);
      await change(entity('light.hall', String(tick)));
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(texts('.waited')).toEqual(['0:16']);
  });

  it('rests while nobody is parked, the card is gone, or the page is hidden', async () => {
    await show(hassOf([lot()]));
    expect(vi.getTimerCount()).toBe(0);
    await change(ONE_CALL);
    expect(vi.getTimerCount()).toBe(1);
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(vi.getTimerCount()).toBe(0);
    visibility.mockReturnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    await card.updateComplete;
    expect(vi.getTimerCount()).toBe(1);
    card.remove();
    expect(vi.getTimerCount()).toBe(0);
    document.body.append(card);
    await card.updateComplete;
    expect(vi.getTimerCount()).toBe(1);
    await change(lot());
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('renders for its own entities only', async () => {
    await show(hassOf([lot(), KITCHEN]));
    const render = vi.spyOn(card as unknown as { render: () => unknown }, 'render');
    await change(entity('light.hall', 'off'));
    expect(render).not.toHaveBeenCalled();
    await change(phone('6001', 'Kitchen', 'busy'));
    expect(render).toHaveBeenCalledTimes(1);
  });
});

describe('retrieving', () => {
  const answers = (response: unknown) => vi.fn<Hass['callService']>(() => Promise.resolve({ response }));

  it('rings the only phone there is, and says so', async () => {
    const callService = answers({ ok: true, result: {} });
    await show(hassOf([ONE_CALL, KITCHEN], { callService }));
    await press('.act');
    const fields = { pbx: 'home', lot: 'default', space: '701', phone: 'pjsip_6001', via: 'card' };
    expect(callService.mock.calls).toEqual([['script', 'asterisk_retrieve', fields, undefined, false, true]]);
    expect(texts('[role=status] .notice.done p')).toEqual(['Front door is connected to Kitchen.']);
    await vi.advanceTimersByTimeAsync(8000);
    expect(find('.notice')).toBeNull();
  });

  it('asks which phone first where there are several, and remembers', async () => {
    const callService = answers({ ok: true });
    const hass = hassOf([ONE_CALL, KITCHEN, HALL], { callService });
    await show(hass);
    await press('.act');
    expect(callService).not.toHaveBeenCalled();
    expect(texts('.notice.hint p')[0]).toContain('Choose the phone');
    expect(texts('option')).toEqual(['Choose a phone', 'Hall (ringing)', 'Kitchen']);

    await choose('pjsip_6002');
    await press('.act');
    expect(callService.mock.calls[0]?.[2]).toMatchObject({ phone: 'pjsip_6002' });

    await show(hass);
    expect(find<HTMLSelectElement>('select')?.value).toBe('pjsip_6002');
    await show({ ...hass, user: { id: 'someone else' } });
    expect(find<HTMLSelectElement>('select')?.value).toBe('');
  });

  it('keeps to the dashboard’s phone where people may not choose', async () => {
    const callService = answers({ ok: true });
    const config = { phone: 'sensor.hall_state', choose_phone: false };
    await show(hassOf([ONE_CALL, KITCHEN, HALL], { callService }), config);
    expect(find('select')).toBeNull();
    await press('.act');
    expect(callService.mock.calls[0]?.[2]).toMatchObject({ phone: 'pjsip_6002' });
  });

  it('says why it failed, as an alert, until that is closed', async () => {
    const error = { code: 'not_found', field: 'space', message: 'Nobody is parked in <701>.' };
    await show(hassOf([ONE_CALL, KITCHEN], { callService: answers({ ok: false, error }) }));
    await press('.act');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(texts('[role=alert] .notice.failed p')).toEqual([
      'Front door was not retrieved. Nobody is parked in <701>.',
    ]);
    await press('.notice button');
    expect(find('.notice')).toBeNull();
  });

  it('says so when nobody answers', async () => {
    await show(hassOf([ONE_CALL, KITCHEN], { callService: answers(undefined) }));
    await press('.act');
    expect(texts('.notice.failed p')[0]).toContain('The companion did not answer');
  });

  it('asks once, however often it is pressed', async () => {
    let answer: (response: ServiceResponse) => void = () => {};
    const callService = vi.fn(() => new Promise<ServiceResponse>((resolve) => (answer = resolve)));
    await show(hassOf([ONE_CALL, KITCHEN], { callService }));
    await press('.act');
    await press('.act');
    expect(callService).toHaveBeenCalledTimes(1);
    expect(find('.act')?.getAttribute('aria-busy')).toBe('true');
    expect(texts('.notice.pending p')).toEqual(['Kitchen is being rung for Front door …']);
    answer({ response: { ok: true } });
    await vi.advanceTimersByTimeAsync(0);
    expect(find('.act')?.getAttribute('aria-busy')).toBe('false');
  });
});

describe('for screen readers', () => {
  it('tells a newly parked call, and not those that were there', async () => {
    await show(hassOf([ONE_CALL, KITCHEN]));
    expect(texts('.only-read[role=status]')).toEqual(['']);
    await change(lot([parked(), parked({ space: '702', name: 'Ana', call: '2', since: at(0) })]));
    expect(texts('.only-read[role=status]')).toEqual(['New parked call: Ana, space 702']);
  });

  it('names every button by what it does', async () => {
    await show(hassOf([ONE_CALL, KITCHEN]));
    expect(find('.act')?.getAttribute('aria-label')).toBe('Retrieve Front door on Kitchen');
    expect(find('.badge')?.getAttribute('aria-label')).toBe('Parked calls');
    expect(find('[role=timer]')?.getAttribute('aria-label')).toBe('Waiting 0:10');
  });
});

describe('in Home Assistant’s editor', () => {
  const Card = () => customElements.get('asterisk-parked-calls') as unknown as typeof ParkedCallsCard;

  it('starts with every lot, and offers lots and phones to choose from', () => {
    const hass = hassOf([lot(), KITCHEN, entity('sensor.sun', '1')]);
    expect(Card().getStubConfig(hass)).toEqual({ type: 'custom:asterisk-parked-calls' });
    const form = Card().getConfigForm();
    const selectors = form.schema.map((field) => field.selector);
    expect(selectors[1]).toEqual({
      entity: { multiple: true, reorder: true, include_entities: [lot().entity_id] },
    });
    expect(selectors[2]).toEqual({ entity: { include_entities: ['sensor.kitchen_state'] } });
    expect(form.computeLabel({ name: 'lots' })).toBe('Parking lots');
    expect(form.computeHelper({ name: 'lots' })).toBe('Leave empty to show every lot.');
    expect(() => form.assertConfig({ type: 'x', lots: [7] as unknown as string[] })).toThrow('lots');
  });

  it('is suggested for a lot and for nothing else', () => {
    const entry = window.customCards?.find((each) => each.type === 'asterisk-parked-calls');
    const hass = hassOf([lot(), KITCHEN]);
    expect(entry).toMatchObject({ name: 'Parked calls', preview: true });
    expect(entry?.getEntitySuggestion(hass, lot().entity_id)).toEqual({
      config: { type: 'custom:asterisk-parked-calls', lots: [lot().entity_id] },
    });
    expect(entry?.getEntitySuggestion(hass, KITCHEN.entity_id)).toBeNull();
    expect(entry?.getEntitySuggestion(hass, 'sensor.none')).toBeNull();
  });

  it('takes as much room as it has calls', async () => {
    await show(hassOf([lot()]));
    expect(card.getCardSize()).toBe(3);
    await change(lot([parked(), parked({ space: '702' }), parked({ space: '703' })]));
    expect(card.getCardSize()).toBe(5);
    expect(card.getGridOptions()).toMatchObject({ columns: 12, rows: 'auto' });
  });

  it('refuses a wrong configuration', () => {
    const wrong = document.createElement('asterisk-parked-calls') as ParkedCallsCard;
    expect(() => wrong.setConfig({ type: 'x', lots: 'all' })).toThrow('lots');
  });
});
