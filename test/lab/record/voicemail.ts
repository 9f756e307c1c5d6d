import type { Scene, Stage } from './scene.ts';

const BOX = ['Context: default', 'Mailbox: 6001'];

/** The number of a message, as the last list of the mailbox tells it. */
async function message({ wire }: Stage): Promise<string> {
  const items = wire.entries.flatMap(([, from, text]) =>
    from === '<' && text.startsWith('Event: VoicemailBoxDetail\r') ? [text] : [],
  );
  return /^ID: (.*)$/m.exec(items.at(-1) ?? '')?.[1]?.trim() ?? '';
}

export const VOICEMAIL: readonly Scene[] = [
  {
    name: 'voicemail',
    about: 'A visitor leaves a message, which is listed, moved, forwarded and deleted',
    dialplan: '[default](+)\nexten => 690,1,VoiceMail(6001@default,s)\n',
    async play(stage) {
      const { wire, door, pause } = stage;
      await wire.list('VoicemailUsersList');
      await wire.list('VoicemailBoxSummary', ...BOX);
      await wire.act('VoicemailBoxSummary', 'Context: default', 'Mailbox: 9999');
      wire.note('8000 calls 690');
      await using press = await door.press('690');
      await wire.event(/^Event: Newstate$/m);
      await pause(4);
      wire.note('8000 hangs up');
      await press.hangUp();
      await wire.event(/^Event: MessageWaiting$/m);
      await pause();
      await wire.list('VoicemailBoxSummary', ...BOX);
      await wire.list('VoicemailUsersList');
      const id = await message(stage);
      await wire.act('VoicemailMove', ...BOX, 'Folder: INBOX', `ID: ${id}`, 'ToFolder: Old');
      await wire.list('VoicemailBoxSummary', ...BOX);
      const moved = await message(stage);
      const there = ['ToContext: default', 'ToMailbox: 6002', 'ToFolder: INBOX'];
      await wire.act('VoicemailForward', ...BOX, 'Folder: Old', `ID: ${moved}`, ...there);
      await wire.act('VoicemailRemove', ...BOX, 'Folder: Old', `ID: ${moved}`);
      await wire.act('VoicemailRemove', ...BOX, 'Folder: Old', `ID: ${moved}`);
      await wire.list('VoicemailBoxSummary', 'Context: default', 'Mailbox: 6002');
      const forwarded = await message(stage);
      await wire.act(
        'VoicemailRemove',
        ...['Context: default', 'Mailbox: 6002', 'Folder: INBOX', `ID: ${forwarded}`],
      );
    },
  },
];
