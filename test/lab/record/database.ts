import type { Scene } from './scene.ts';

const FAMILY = 'Family: lab';

export const DATABASE: readonly Scene[] = [
  {
    name: 'database',
    about: 'Something is written into Asterisk’s own database, read, listed and deleted',
    async play({ wire }) {
      await wire.act('DBGetTree', FAMILY);
      await wire.act('DBPut', FAMILY, 'Key: lamp', 'Val: on');
      await wire.list('DBGet', FAMILY, 'Key: lamp');
      await wire.act('DBGet', FAMILY, 'Key: nothing');
      await wire.list('DBGetTree', FAMILY);
      await wire.act('DBDel', FAMILY, 'Key: lamp');
      await wire.act('DBDel', FAMILY, 'Key: lamp');
    },
  },
];
