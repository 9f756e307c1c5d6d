import { describe, expect, it } from 'vitest';
import { eventOf } from '../../src/home/entities/index.ts';
import type { Happening } from '../../src/pbx/happenings.ts';
import { FakePbx } from './fake-pbx.ts';

/** What the event entity is told of what the PBX does. */
function told(act: (pbx: FakePbx) => void): ReturnType<typeof eventOf> {
  const pbx = new FakePbx();
  pbx.lot({ id: 'default' });
  const happenings: Happening[] = [];
  pbx.onHappening((happening) => happenings.push(happening));
  act(pbx);
  const [happening] = happenings;
  if (happening === undefined) throw new Error('nothing happened');
  return eventOf(happening, pbx);
}

const kitchen = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
const visitor = { caller_name: 'Doorbell', caller_number: '8000', call: '1764000000.1' };

describe('a doorbell', () => {
  const door = { ref: { pbx: 'home', subject: 'doorbell', id: 'front_door' }, key: 'doorbell' };

  it('says who answered', () => {
    expect(told((pbx) => pbx.doorbellEvent({ type: 'answered', by: kitchen }))).toEqual({
      ...door,
      payload: {
        event_type: 'answered',
        ...visitor,
        extension: '600',
        by: 'Kitchen',
        by_phone: 'pjsip_6001',
      },
    });
  });

  it('says that somebody answered whom it does not know', () => {
    expect(told((pbx) => pbx.doorbellEvent({ type: 'answered', by: null }))).toEqual({
      ...door,
      payload: { event_type: 'answered', ...visitor, extension: '600' },
    });
  });

  it('says where the visitor is parked', () => {
    expect(told((pbx) => pbx.doorbellEvent({ type: 'parked', lot: 'default', space: '701' }))).toEqual({
      ...door,
      payload: { event_type: 'parked', ...visitor, extension: '600', lot: 'default', space: '701' },
    });
  });

  it('ends only what was answered, so that a missed press stays its last event', () => {
    expect(told((pbx) => pbx.doorbellEvent({ type: 'ended', outcome: 'answered', seconds: 12 }))).toEqual({
      ...door,
      payload: { event_type: 'ended', ...visitor, extension: '600', seconds: 12 },
    });
    for (const outcome of ['missed', 'cancelled', 'lost'] as const) {
      expect(told((pbx) => pbx.doorbellEvent({ type: 'ended', outcome }))).toBeNull();
    }
  });
});

describe('a phone', () => {
  it('says which key was pressed', () => {
    const caller = { name: 'Anna', number: '8' };
    expect(told((pbx) => pbx.phoneEvent({ type: 'dtmf', digit: '#', call: '1.2', caller }))).toEqual({
      ref: { pbx: 'home', subject: 'phone', id: 'pjsip_6001' },
      key: 'dtmf',
      payload: { event_type: '#', digit: '#', call: '1.2', caller_name: 'Anna', caller_number: '8' },
    });
  });

  it('says nothing of what is no key, and nothing else', () => {
    expect(told((pbx) => pbx.phoneEvent({ type: 'dtmf', digit: 'x' }))).toBeNull();
    expect(told((pbx) => pbx.phoneEvent({ type: 'registered' }))).toBeNull();
  });
});

describe('a parking lot', () => {
  it('says who retrieved whom', () => {
    expect(told((pbx) => pbx.parkingEvent({ type: 'retrieved', by: kitchen }))).toEqual({
      ref: { pbx: 'home', subject: 'parking', id: 'default' },
      key: 'activity',
      payload: {
        event_type: 'retrieved',
        ...visitor,
        space: '701',
        parked_by: 'Front door',
        by: 'Kitchen',
        by_phone: 'pjsip_6001',
      },
    });
  });
});
