import { processesOf } from './stack/cleanup.ts';
import { Lab } from './stack/lab.ts';

/** Brings the stack up for the whole run, and takes it down so that nothing is left. */
export default async function setup(): Promise<() => Promise<void>> {
  const lab = await Lab.start({ asterisks: ['home', 'annex'], broker: true, homeAssistant: true });
  return async () => {
    await lab.stop();
    const left = processesOf(lab.place);
    if (left.length > 0) throw new Error(`the lab has left processes behind: ${left.join(', ')}`);
  };
}
