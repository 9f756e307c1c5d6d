/** A mailbox: what waits in it, and a phone to hear it on. */
import type { VoicemailHappening } from '../../pbx/happenings.ts';
import type { Mailbox, PbxView, Phone, VoicemailMessage } from '../../pbx/model.ts';
import type { Looks, Told } from './looks.ts';
import type { Command, Device } from './model.ts';
import { nameIn } from './names.ts';
import { phoneLabels } from './parking.ts';
import { partyAttributes, plain, slugOf, within } from './text.ts';

/** The entity whose choice is the phone that messages are played on. */
const PLAY_ON = 'play_on';

export const mailboxes: Looks = {
  ids: (view) => view.voicemail.all().map(({ id }) => id),
  device(view, id, around) {
    const mailbox = view.voicemail.get(id);
    if (mailbox === undefined) return null;
    return mailboxDevice(mailbox, {
      companion: around.companion,
      pbx: view.id,
      kind: nameIn(around.language(), 'Mailbox'),
      phones: view.phones.all(),
      chosen: around.choice({ pbx: view.id, subject: 'voicemail', id }, PLAY_ON),
    });
  },
};

interface MailboxSurroundings {
  readonly companion: string;
  readonly pbx: string;
  /** What a mailbox is called before its own name. */
  readonly kind: string;
  readonly phones: readonly Phone[];
  /** Id of the phone that was chosen, or null. */
  readonly chosen: string | null;
}

function mailboxDevice(mailbox: Mailbox, around: MailboxSurroundings): Device {
  const { companion, pbx, kind, phones } = around;
  const labels = phoneLabels(phones);
  const phone = phoneOf(mailbox, around);
  const shown = [...labels].find(([, id]) => id === phone?.id)?.[0] ?? null;
  const on = phone === null ? {} : { phone: phone.id };
  const ask = (action: string, fields: object): Command => ({
    do: 'action',
    action,
    fields: { mailbox: mailbox.id, ...fields },
  });
  return {
    pbx,
    subject: 'voicemail',
    id: mailbox.id,
    name: `${kind} ${plain(mailbox.name)}`,
    model: 'Mailbox',
    modelId: mailbox.mailbox,
    slug: slugOf(`mailbox_${mailbox.name}`, `mailbox_${mailbox.id}`),
    entities: [
      {
        platform: 'sensor',
        key: 'new_messages',
        name: 'New messages',
        icon: 'mdi:voicemail',
        stateClass: 'measurement',
        unit: 'messages',
        attributes: true,
      },
      {
        platform: 'sensor',
        key: 'old_messages',
        name: 'Old messages',
        icon: 'mdi:email-open-outline',
        stateClass: 'measurement',
        unit: 'messages',
        attributes: true,
      },
      {
        platform: 'event',
        key: 'new_message',
        name: 'New message',
        icon: 'mdi:email-alert',
        types: ['new_message'],
      },
      {
        platform: 'select',
        key: PLAY_ON,
        name: 'Play on',
        icon: 'mdi:phone-classic',
        category: 'config',
        options: [...labels.keys()],
        command: { do: 'choose', values: labels },
      },
      {
        platform: 'button',
        key: 'play_newest',
        name: 'Play newest',
        icon: 'mdi:play',
        command: ask('play_message', on),
      },
      {
        platform: 'button',
        key: 'mark_all_heard',
        name: 'Mark all as heard',
        icon: 'mdi:email-check',
        command: ask('mark_heard', {}),
      },
    ],
    state: {
      values: {
        new_messages: mailbox.new,
        old_messages: mailbox.old,
        play_on: shown,
      },
      attributes: {
        new_messages: {
          companion,
          pbx,
          mailbox: mailbox.id,
          mailbox_name: plain(mailbox.name),
          urgent: mailbox.urgent,
          folders: mailbox.folders,
          problem: mailbox.problem,
          messages: messagesOf(mailbox, (folder) => folder !== 'Old'),
        },
        old_messages: { messages: messagesOf(mailbox, (folder) => folder === 'Old') },
      },
    },
  };
}

/** What the attributes say of messages. */
function messagesOf(mailbox: Mailbox, wanted: (folder: string) => boolean) {
  const listed = mailbox.newest.filter(({ folder }) => wanted(folder));
  return within(listed.map(messageAttributes));
}

function messageAttributes({ id, caller, time, seconds, folder, flag, audio }: VoicemailMessage) {
  return {
    id,
    name: plain(caller.name),
    number: plain(caller.number),
    time,
    seconds,
    folder,
    flag: plain(flag),
    audio,
  };
}

/** The chosen phone, else the owner's, else the one with the mailbox's number, else one that is there. */
function phoneOf({ phone, mailbox }: Mailbox, { phones, chosen }: MailboxSurroundings): Phone | null {
  const [number] = mailbox.split('@');
  return (
    phones.find(({ id }) => id === chosen) ??
    phones.find(({ endpoint }) => endpoint === phone) ??
    phones.find(({ endpoint }) => endpoint.split('/')[1] === number) ??
    phones.find(({ registered }) => registered) ??
    phones[0] ??
    null
  );
}

export function voicemailEvent(happening: VoicemailHappening, view: PbxView): Told | null {
  const mailbox = view.voicemail.find(happening.mailbox);
  if (mailbox === undefined) return null;
  const ref = { pbx: happening.pbx, subject: 'voicemail', id: mailbox.id } as const;
  const payload = {
    event_type: happening.type,
    ...partyAttributes(happening.caller),
    seconds: happening.seconds,
    urgent: happening.urgent,
    message: happening.message,
    mailbox: mailbox.id,
  };
  return { ref, key: 'new_message', payload };
}
