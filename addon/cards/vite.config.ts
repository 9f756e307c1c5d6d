/** Builds every card into one module without outside requests: `vite build --config addon/cards/vite.config.ts`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('../../dist/cards', import.meta.url)),
    emptyOutDir: true,
    // Wall tablets are old: what Home Assistant's own latest build runs on, and no newer.
    target: 'es2022',
    lib: {
      entry: fileURLToPath(new URL('index.ts', import.meta.url)),
      formats: ['es'],
      fileName: () => 'asterisk-companion-cards.js',
    },
    // Left alone, vite keeps the white space of a library for bundlers to come; here a browser comes next.
    rolldownOptions: { output: { minify: true } },
  },
});
