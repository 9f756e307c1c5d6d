import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { REPO } from './stack/place.ts';

/** Home Assistant is slow for a while after it has taken in 500 phones: that comes last. */
class LargeLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLarge = ({ moduleId }: TestSpecification) => moduleId.endsWith('large.test.ts');
    return [...sorted.filter((file) => !isLarge(file)), ...sorted.filter(isLarge)];
  }
}

export default defineConfig({
  root: REPO,
  test: {
    include: ['test/lab/**/*.test.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    // One stack for all, and tests that kill parts of it.
    fileParallelism: false,
    sequence: { sequencer: LargeLast },
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
