import type { Scene } from './scene.ts';

const KITCHEN = 'CustomPresence:6001';

export const PRESENCE: readonly Scene[] = [
  {
    name: 'presence',
    about: 'Presence is set and read, with hints that show it and a lamp of one’s own',
    dialplan:
      '[default](+)\nexten => 6001,hint,PJSIP/6001,CustomPresence:6001\nexten => night,hint,Custom:night\n',
    async play({ wire, pause }) {
      const set = (value: string) =>
        wire.act('Setvar', `Variable: PRESENCE_STATE(${KITCHEN})`, `Value: ${value}`);
      const get = (what: string) => wire.act('Getvar', `Variable: PRESENCE_STATE(${KITCHEN},${what})`);
      await wire.list('ExtensionStateList');
      await set('away,,QmFjayBhdCAxNDowMA==,e');
      await pause();
      await wire.list('PresenceStateList');
      for (const what of ['value', 'subtype,e', 'message,e', 'value,e']) await get(what);
      await set('not_set,,');
      await pause();
      await wire.act('Setvar', 'Variable: DEVICE_STATE(Custom:night)', 'Value: INUSE');
      await pause();
      await wire.act('Getvar', 'Variable: DEVICE_STATE(Custom:night)');
      await wire.act('Setvar', 'Variable: DEVICE_STATE(Custom:night)', 'Value: NOT_INUSE');
      await pause();
    },
  },
];
