import type { AmiLogin } from './asterisk.ts';
import { DOORBELL, phonesOf } from './names.ts';

/**
 * The settings that fit the demo, as a person would write them in YAML: `asterisk` has its login, `doorbells` its
 * doorbell with the phones that ring for it.
 */
export function demoSettings(ami: AmiLogin, mqttUrl: string) {
  return {
    asterisk: [{ name: 'home', ...ami }],
    mqtt: { url: mqttUrl },
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
