import { expect, it } from 'vitest';
import { actionsTable, DECLARATIONS } from '../../src/actions/index.ts';

it('docs/actions.md says what the declarations say', async () => {
  await expect(actionsTable(DECLARATIONS)).toMatchFileSnapshot('../../docs/actions.md');
});
