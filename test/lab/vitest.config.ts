import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { REPO } from './stack/place.ts';

/** What leaves entities behind that others would take the ids of, or Home Assistant slow for a while. In this order. */
const LAST = ['late-broker.test.ts', 'large.test.ts'];

class GentleFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => LAST.findIndex((name) => moduleId.endsWith(name));
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  root: REPO,
  test: {
    include: ['test/lab/**/*.test.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    // One stack for all, and tests that kill parts of it.
    fileParallelism: false,
    sequence: { sequencer: GentleFirst },
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
