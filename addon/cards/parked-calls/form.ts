/** The visual editor, as Home Assistant's own form draws it; see the developer docs, "Custom card". */
import { pageWords } from '../words/index.ts';
import type { ParkedCallsConfig } from './config.ts';
import { checkConfig } from './config.ts';

interface Field {
  readonly name: string;
  readonly type?: 'grid';
  readonly selector?: Readonly<Record<string, unknown>>;
  readonly default?: unknown;
  readonly schema?: readonly Field[];
}

export interface ConfigForm {
  readonly schema: readonly Field[];
  assertConfig(config: ParkedCallsConfig): void;
  computeLabel(field: Field): string | undefined;
  computeHelper(field: Field): string | undefined;
}

/** @param lots @param phones entities to choose from; any sensor while none is known yet */
export function configForm(lots: readonly string[], phones: readonly string[]): ConfigForm {
  const { form } = pageWords();
  return {
    schema: [
      { name: 'title', selector: { text: {} } },
      { name: 'lots', selector: { entity: { multiple: true, reorder: true, ...among(lots) } } },
      { name: 'phone', selector: { entity: among(phones) } },
      {
        name: '',
        type: 'grid',
        schema: [
          { name: 'choose_phone', default: true, selector: { boolean: {} } },
          { name: 'show_empty', default: true, selector: { boolean: {} } },
          { name: 'compact', selector: { boolean: {} } },
        ],
      },
    ],
    assertConfig: (config) => void checkConfig({ ...config }),
    computeLabel: (field) => form[field.name]?.label,
    computeHelper: (field) => form[field.name]?.helper,
  };
}

function among(entities: readonly string[]): Readonly<Record<string, unknown>> {
  return entities.length ? { include_entities: entities } : { filter: { domain: 'sensor' } };
}
