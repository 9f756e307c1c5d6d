/** `npm run generate`: writes what is made from the schema. A test says when it is out of date. */
import { readFile, writeFile } from 'node:fs/promises';
import { jsonSchema } from './json-schema.ts';
import { withKeyTable } from './key-table.ts';

const root = new URL('../../', import.meta.url);
const page = new URL('docs/settings.md', root);

await writeFile(new URL('settings.schema.json', root), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
await writeFile(page, withKeyTable(await readFile(page, 'utf8')));
