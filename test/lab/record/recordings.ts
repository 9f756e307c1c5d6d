import type { Scene } from './scene.ts';
import { phonesTalk } from './steps.ts';

export const RECORDINGS: readonly Scene[] = [
  {
    name: 'recording',
    about: 'A call between two phones is recorded for a while',
    async play(stage) {
      const { wire, kitchen, pause } = stage;
      await phonesTalk(stage);
      const channel = `Channel: ${stage.channel('PJSIP/6001')}`;
      await wire.act('MixMonitor', channel, 'File: recorded.wav', 'Options: i(LAB_ID)');
      await wire.event(/^Event: MixMonitorStart$/m);
      await wire.act('Getvar', channel, 'Variable: LAB_ID');
      await wire.act('Getvar', channel, 'Variable: MIXMONITOR_FILENAME');
      await pause();
      await wire.act('StopMixMonitor', channel);
      await wire.event(/^Event: MixMonitorStop$/m);
      await wire.act('StopMixMonitor', channel);
      await wire.act('MixMonitor', 'Channel: PJSIP/nobody-00000001', 'File: recorded.wav');
      await wire.act('StopMixMonitor', 'Channel: PJSIP/nobody-00000001');
      await pause();
      wire.note('6001 hangs up');
      await kitchen.hangUp();
    },
  },
];
