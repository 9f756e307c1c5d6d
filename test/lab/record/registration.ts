import type { Scene } from './scene.ts';

export const REGISTRATION: readonly Scene[] = [
  {
    name: 'registration',
    about: 'A phone registers and unregisters',
    async play({ wire, lab, pause }) {
      wire.note('6004 registers');
      const attic = await lab.phone('6004');
      await wire.event(/^Event: DeviceStateChange$/m);
      await pause();
      wire.note('6004 unregisters');
      await attic.stop();
      await wire.event(/^Event: DeviceStateChange$/m, 2);
    },
  },
];
