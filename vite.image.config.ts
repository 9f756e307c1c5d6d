/**
 * The companion as the image runs it: `vite build --config vite.image.config.ts` puts it and all that it reads into
 * dist/image, in the repository's own layout: src/main.js, dist/cards, addon/blueprints.
 */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const image = join(root, 'dist/image');

/** Folders that are read at run time, beside the sources' own files and what else was built into dist. */
const READ_AT_RUN_TIME = ['addon/blueprints', 'src/demo/traces', 'node_modules/@fastify/swagger-ui/static'];

/**
 * One file stands for many, so each must go on finding what lies beside it: in every module `import.meta.url` and
 * `__dirname` mean the place that the module has in the repository.
 */
function ownPlaces(): Plugin {
  return {
    name: 'own-places',
    transform(code, id) {
      const path = relative(root, id).split(sep).join('/');
      if (path.startsWith('src/') && code.includes('import.meta')) {
        const place = JSON.stringify(`../${path}`);
        return moved(code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`));
      }
      if (path.startsWith('node_modules/') && /\b__dirname\b/.test(code)) {
        return moved(code.replaceAll(/\b__dirname\b/g, `(__image + ${JSON.stringify(dirname(path))})`));
      }
      return null;
    },
  };
}

/** No line moves, so the map from lines to sources stays as it was. */
function moved(code: string): { code: string; map: null } {
  return { code, map: null };
}

function withFiles(): Plugin {
  return {
    name: 'with-files',
    async writeBundle() {
      const isData = (from: string) => !/\.(ts|tsbuildinfo)$/.test(basename(from));
      await cp(join(root, 'src'), join(image, 'src'), { recursive: true, filter: isData });
      const built = (await readdir(join(root, 'dist'))).filter((name) => name !== basename(image));
      for (const folder of [...READ_AT_RUN_TIME, ...built.map((name) => `dist/${name}`)]) {
        await cp(join(root, folder), join(image, folder), { recursive: true });
      }
      const { name, version, type } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
      await writeFile(join(image, 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
    },
  };
}

export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [ownPlaces(), withFiles()],
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node24',
    outDir: image,
    emptyOutDir: true,
    sourcemap: true,
    rolldownOptions: {
      // the call log's thread is a program of its own
      input: { main: join(root, 'src/main.ts'), 'history/worker': join(root, 'src/history/worker.ts') },
      output: {
        format: 'es',
        entryFileNames: 'src/[name].js',
        chunkFileNames: 'src/[name]-[hash].js',
        banner: 'const __image = new URL("../", import.meta.url).pathname;',
      },
    },
  },
});
