import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { helpText } from '../../src/settings/index.ts';
import { jsonSchema } from '../../src/settings/json-schema.ts';
import { withKeyTable } from '../../src/settings/key-table.ts';
import { schema } from '../../src/settings/schema.ts';
import { keysBelow } from '../../src/settings/walk.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

test('settings.schema.json is what the schema says: npm run generate', async () => {
  expect(JSON.parse(await read('settings.schema.json'))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});

test('the table in docs/settings.md is what the schema says: npm run generate', async () => {
  const page = await read('docs/settings.md');
  expect(page).toBe(withKeyTable(page));
});

test('every key is explained, and no secret lacks its mark', () => {
  const keys = keysBelow(schema);
  expect(keys.filter(({ about }) => about === '')).toEqual([]);
  expect(keys.filter(({ secret }) => secret).map(({ path }) => path)).toEqual([
    'asterisk[].secret',
    'mqtt.password',
    'home_assistant.token',
    'http.token',
    'doorbells[].open.dtmf',
    'doorbells[].open.http.url',
    'doorbells[].open.http.body',
    'doorbells[].open.call.dtmf',
  ]);
});

test('--help names every flag', () => {
  expect(helpText()).toMatch(/--http\.port +Port to listen on\./);
  expect(helpText()).toMatch(/--doorbells +The doorbells\./);
});

test('the example in docs/settings.md has only keys that exist', async () => {
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(await read('docs/settings.md')) ?? [];
  const settings = schema.parse(parse(example.replace('!secret ', '')));
  expect(settings.doorbells[0]).toMatchObject({ name: 'Front door', open: { kind: 'dtmf', digits: '#9' } });
});
