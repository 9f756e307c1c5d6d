import type { PbxView } from '../pbx/model.ts';
import { ActionError } from './action.ts';

/**
 * Looks at the PBX now and at each of its changes until `look` gives something, and returns that; undefined when
 * `ms` have passed.
 * @throws ActionError `unavailable` when the link is lost; whatever `look` throws
 */
export function until<T>(pbx: PbxView, look: () => T | undefined, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      stop();
      clearTimeout(timer);
      finish();
    };
    const check = () => {
      try {
        const found = pbx.status.up ? look() : lost(pbx);
        if (found !== undefined) end(() => resolve(found));
      } catch (error) {
        end(() => reject(error as Error));
      }
    };
    const stop = pbx.onChange(check);
    const timer = setTimeout(() => end(() => resolve(undefined)), ms);
    check();
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function lost(pbx: PbxView): never {
  throw new ActionError('unavailable', `The link to PBX ${pbx.id} was lost meanwhile.`);
}
