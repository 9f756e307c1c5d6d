import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The real stack has a command of its own: npm run test:lab.
    exclude: [...configDefaults.exclude, 'test/lab/**'],
  },
});
