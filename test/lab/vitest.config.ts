import { defineConfig } from 'vitest/config';
import { REPO } from './stack/place.ts';

export default defineConfig({
  root: REPO,
  test: {
    include: ['test/lab/**/*.test.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    // One stack for all, and tests that kill parts of it.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
