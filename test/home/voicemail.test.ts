import { expect, it } from 'vitest';
import { deviceOf, eventOf, idsOf } from '../../src/home/entities/index.ts';
import type { Device } from '../../src/home/entities/model.ts';
import type { VoicemailMessage } from '../../src/pbx/model.ts';
import { AROUND } from './around.ts';
import { house, NOW } from './fake-pbx.ts';

const BOX = '6001_default';

function device(pbx = house(), more: Partial<typeof AROUND> = {}): Device {
  const found = deviceOf(pbx, 'voicemail', BOX, { ...AROUND, ...more });
  if (found === null) throw new Error('there is no mailbox');
  return found;
}

const message = (id: string, folder: string): VoicemailMessage => ({
  id,
  folder,
  caller: { number: '0170', name: 'An\nna' },
  time: NOW,
  seconds: 7,
  flag: folder === 'Urgent' ? 'Urgent' : '',
  audio: `/api/audio/voicemail/home/${BOX}/${folder}/${id}`,
});

it('a mailbox shows its counts and the newest messages of each kind', () => {
  const pbx = house();
  const newest = [message('3', 'Urgent'), message('2', 'Old'), message('1', 'INBOX')];
  pbx.mailbox({ id: BOX, new: 2, old: 1, urgent: 1, folders: { Urgent: 1, Old: 1, INBOX: 1 }, newest });
  const shown = (id: string, folder: string) => ({
    id,
    folder,
    name: 'An na',
    number: '0170',
    time: NOW,
    seconds: 7,
    flag: folder === 'Urgent' ? 'Urgent' : '',
    audio: `/api/audio/voicemail/home/${BOX}/${folder}/${id}`,
  });
  expect(device(pbx)).toMatchObject({
    name: 'Mailbox Family',
    slug: 'mailbox_family',
    modelId: '6001@default',
    state: {
      values: { new_messages: 2, old_messages: 1, play_on: 'Kitchen' },
      attributes: {
        new_messages: {
          companion: AROUND.companion,
          pbx: 'home',
          mailbox: BOX,
          mailbox_name: 'Family',
          urgent: 1,
          folders: { Urgent: 1, Old: 1, INBOX: 1 },
          problem: null,
          messages: [shown('3', 'Urgent'), shown('1', 'INBOX')],
        },
        old_messages: { messages: [shown('2', 'Old')] },
      },
    },
  });
  pbx.mailbox({ id: BOX, name: 'Ours' });
  expect(device(pbx, { language: () => 'fr' }).name).toBe('Boîte vocale Ours');
});

it('plays on the phone that was chosen, else the owner’s, else the one with its number', () => {
  const pbx = house();
  pbx.phone({ id: 'pjsip_6003', name: 'Attic' });
  const phone = (chosen: string | null = null) =>
    device(pbx, { choice: () => chosen }).entities.find(({ key }) => key === 'play_newest');
  const plays = (id: string) => ({
    command: { do: 'action', action: 'play_message', fields: { mailbox: BOX, phone: id } },
  });
  expect(phone()).toMatchObject(plays('pjsip_6001'));
  pbx.mailbox({ id: BOX, phone: 'PJSIP/6002' });
  expect(phone()).toMatchObject(plays('pjsip_6002'));
  expect(phone('pjsip_6003')).toMatchObject(plays('pjsip_6003'));
});

it('a new message is told to its mailbox alone', () => {
  const pbx = house();
  const told = (mailbox: string) =>
    eventOf(
      {
        time: NOW,
        pbx: 'home',
        subject: 'voicemail',
        type: 'new_message',
        mailbox,
        name: 'Family',
        message: '3',
        caller: { number: '0170', name: 'An\nna' },
        seconds: 7,
        urgent: true,
      },
      pbx,
    );
  expect(told('6001@default')).toEqual({
    ref: { pbx: 'home', subject: 'voicemail', id: BOX },
    key: 'new_message',
    payload: {
      event_type: 'new_message',
      caller_name: 'An na',
      caller_number: '0170',
      seconds: 7,
      urgent: true,
      message: '3',
      mailbox: BOX,
    },
  });
  expect(told('6009@default')).toBeNull();
  pbx.mailboxRows.clear();
  expect(idsOf(pbx, 'voicemail')).toEqual([]);
});
