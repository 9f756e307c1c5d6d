import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Device, DeviceRef, EventPayload } from '../../src/home/entities/model.ts';
import { Mirror } from '../../src/home/mirror.ts';
import type { Publisher } from '../../src/home/publisher.ts';
import { AROUND } from './around.ts';
import { type FakePbx, house } from './fake-pbx.ts';

class Paper implements Publisher {
  shown: Device[] = [];
  /** What it was told, in order. */
  readonly lines: string[] = [];
  readonly told: [DeviceRef, string, EventPayload][] = [];
  start() {}
  async stop() {}
  show(devices: readonly Device[]) {
    this.shown.push(...devices);
    this.lines.push(...devices.map(({ subject, id }) => `${subject} ${id}`));
  }
  remove() {}
  event(ref: DeviceRef, key: string, payload: EventPayload) {
    this.told.push([ref, key, payload]);
  }
  available(pbx: string, up: boolean) {
    this.lines.push(`${pbx} ${up ? 'online' : 'offline'}`);
  }
  complete() {}
}

let pbx: FakePbx;
let paper: Paper;
let mirror: Mirror;

beforeEach(() => {
  vi.useFakeTimers();
  pbx = house();
  paper = new Paper();
  mirror = new Mirror([pbx], AROUND, [paper]);
  mirror.start();
});
afterEach(() => {
  mirror.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** The devices that look different after it. */
function after(change: () => void): string[] {
  paper.shown = [];
  change();
  vi.runAllTimers();
  return paper.shown.map(({ subject, id }) => `${subject} ${id}`).sort();
}

it('builds one device for one phone that rings', () => {
  const phones = vi.spyOn(pbx.phones, 'all');
  expect(after(() => pbx.phone({ id: 'pjsip_6001', state: 'ringing' }))).toEqual(['phone pjsip_6001']);
  expect(phones).not.toHaveBeenCalled();
});

it('builds lots and mailboxes anew when a phone comes, is renamed or registers: one of them is their preset', () => {
  const [lot, kitchen, mailbox] = ['parking default', 'phone pjsip_6001', 'voicemail 6001_default'];
  expect(after(() => pbx.phone({ id: 'pjsip_6001', registered: false }))).toEqual([lot, kitchen, mailbox]);
  expect(after(() => pbx.phone({ id: 'pjsip_6001', name: 'Scullery' }))).toEqual(
    expect.arrayContaining([lot, kitchen]),
  );
  expect(after(() => pbx.phone({ id: 'pjsip_6009' }))).toEqual(
    expect.arrayContaining([lot, 'phone pjsip_6009']),
  );
});

it('shows the phone that a mailbox without one of its own plays on, as it is now', () => {
  pbx.mailbox({ id: '9000_default' });
  vi.runAllTimers();
  const playsOn = (phone: string, registered: boolean) => {
    const built = after(() => pbx.phone({ id: phone, registered }));
    const shown = paper.shown.find(({ id }) => id === '9000_default');
    return built.includes('voicemail 9000_default') ? shown?.state.values.play_on : null;
  };
  expect(playsOn('pjsip_6001', false)).toBe('Kitchen');
  expect(playsOn('pjsip_6002', true)).toBe('Office');
  expect(playsOn('pjsip_6001', true)).toBe('Kitchen');
  // Nothing looks different for one that is behind the first.
  expect(playsOn('pjsip_6002', false)).toBeNull();
  expect(playsOn('pjsip_6001', false)).toBe('Kitchen');
});

it('tells no event of a lot that there is not', () => {
  pbx.parkingEvent({ type: 'parked', lot: '../x/#' });
  pbx.parkingEvent({ type: 'parked' });
  expect(paper.told.map(([{ id }]) => id)).toEqual(['default']);
});

it('leaves no timer when something changes after the stop', () => {
  mirror.stop();
  expect(after(() => mirror.refresh({ pbx: 'home', subject: 'phone', id: 'pjsip_6001' }))).toEqual([]);
});

it('says that a PBX is there when all that it has is shown as it is now', () => {
  pbx.setStatus({ up: false });
  vi.runAllTimers();
  paper.lines.length = 0;
  pbx.setStatus({ up: true });
  vi.runAllTimers();
  expect(paper.lines).toContain('phone pjsip_6001');
  expect(paper.lines.filter((line) => line.startsWith('home'))).toEqual(['home online']);
  expect(paper.lines.at(-1)).toBe('home online');
});

it('describes what a PBX has when all lists are read, not one after another', () => {
  pbx.status = { ...pbx.status, up: false };
  const reading = () => {
    pbx.change({ subject: 'pbx', id: 'home' });
    pbx.phone({ id: 'pjsip_6001', name: 'Scullery' });
    pbx.change({ subject: 'presence', id: '*' });
  };
  expect(after(reading)).toEqual(['pbx home']);
  pbx.status = { ...pbx.status, up: true };
  expect(after(() => pbx.change({ subject: 'pbx', id: 'home' }))).toContain('phone pjsip_6001');
  expect(paper.shown.filter(({ id }) => id === 'pjsip_6001').map(({ name }) => name)).toEqual(['Scullery']);
});
