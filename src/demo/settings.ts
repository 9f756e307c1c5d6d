import type { AmiLogin } from './asterisk.ts';
import { DECT, DOORBELL, phonesOf } from './names.ts';
import { CONFERENCE } from './switchboard/conference.ts';
import { QUEUE } from './switchboard/queue.ts';

/**
 * The settings that fit the demo, as a person would write them in YAML: `asterisk` has its login, `doorbells` its
 * doorbell with the phones that ring for it, `dect` its base with the handsets, and rooms and queues what they are
 * called.
 */
export function demoSettings(ami: AmiLogin, mqttUrl: string) {
  return {
    asterisk: [{ name: 'home', ...ami }],
    mqtt: { url: mqttUrl },
    conferences: [{ room: CONFERENCE.room, name: 'Family', marked_extension: CONFERENCE.hosts }],
    queues: [{ queue: QUEUE.name, name: 'Support' }],
    dect: [
      {
        name: DECT.base.name,
        line: `PJSIP/${DECT.base.number}`,
        handsets: DECT.handsets.map(({ name, digit, exten }) => ({ name, digit, extensions: [exten] })),
      },
    ],
    doorbells: [
      {
        name: DOORBELL.name,
        endpoint: `PJSIP/${DOORBELL.number}`,
        answer_on: phonesOf(4).map(({ number }) => `PJSIP/${number}`),
        open: { dtmf: '#9' },
      },
    ],
  };
}
