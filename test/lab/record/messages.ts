import type { Scene } from './scene.ts';

export const MESSAGES: readonly Scene[] = [
  {
    name: 'message',
    about: 'A text message is sent to a phone, and to one that there is not',
    async play({ wire, pause }) {
      const text = ['From: sip:home@localhost', 'Base64Body: SGVsbG8='];
      await wire.act('MessageSend', 'Destination: pjsip:6001', ...text);
      await pause();
      await wire.act('MessageSend', 'Destination: pjsip:nobody', ...text);
    },
  },
];
