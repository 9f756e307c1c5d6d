/**
 * An action as a Home Assistant script with named fields and an answer. Its step fires `asterisk_action` and
 * waits for `asterisk_action_result` in parallel, so that it cannot miss the answer. It uses nothing that a
 * non-admin may not call.
 */
import { z } from 'zod';
import type { ActionDeclaration, FieldMeta } from '../../actions/action.ts';
import { hashOf } from './hash.ts';

export const ACTION_EVENT = 'asterisk_action';
export const RESULT_EVENT = 'asterisk_action_result';

/** s. Longer than any action takes: a phone may ring for two minutes. */
const PATIENCE = 180;

/** What a script of ours carries to tell whose it is and whether someone edited it. */
const MARK = 'asterisk_companion';

export type ScriptConfig = Readonly<Record<string, unknown>>;

/** @param companion id of the companion that is to answer: two may serve one Home Assistant */
export function scriptOf(action: ActionDeclaration, companion: string): ScriptConfig {
  const config = {
    alias: `Asterisk: ${action.title}`,
    icon: action.icon,
    description: `${action.description} Managed by Asterisk Companion: once edited, it is yours and no longer updated.`,
    mode: 'parallel',
    max: 50,
    fields: fieldsOf(action.fields),
    sequence: sequenceOf(action, companion),
  };
  return { ...config, variables: { [MARK]: `${companion} ${hashOf(config)}` } };
}

/** Whose script this is, and whether it is as that companion wrote it; null: nobody's but its author's. */
export function ownerOf(config: ScriptConfig): { companion: string; untouched: boolean } | null {
  const { variables, ...rest } = config;
  if (typeof variables !== 'object' || variables === null || !(MARK in variables)) return null;
  const [companion = '', hash] = String(variables[MARK]).split(' ');
  const alone = Object.keys(variables).length === 1;
  return { companion, untouched: alone && hash === hashOf(rest) };
}

function fieldsOf(fields: z.ZodObject): Record<string, object> {
  return Object.fromEntries(
    Object.entries(fields.shape as Record<string, z.ZodType>).map(([key, schema]) => {
      const { title, description, example, selector } = metaOf(schema);
      const required = !schema.safeParse(undefined).success;
      return [
        key,
        {
          name: title,
          description,
          required,
          ...(example === undefined ? {} : { example: exampleOf(example) }),
          selector,
        },
      ];
    }),
  );
}

/** Home Assistant takes no list here, though a field may. */
function exampleOf(example: unknown): unknown {
  return Array.isArray(example) ? JSON.stringify(example) : example;
}

/** What a field says of itself; `.optional()` and `.default()` wrap what says it. */
function metaOf(schema: z.ZodType): FieldMeta {
  const meta = schema.meta();
  if (meta === undefined && (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)) {
    return metaOf(schema.unwrap() as z.ZodType);
  }
  return meta as unknown as FieldMeta;
}

/**
 * The fields travel as JSON behind a prefix: a template's result that looks like a number or a list would arrive as
 * one, and `+49…` without its plus.
 */
function sequenceOf(action: ActionDeclaration, companion: string): object[] {
  const given = Object.keys(action.fields.shape)
    .map((key) => `'${key}': ${key} | default(none)`)
    .join(', ');
  const late = JSON.stringify({
    ok: false,
    error: {
      code: 'unavailable',
      field: null,
      message: `Asterisk Companion did not answer in ${PATIENCE} s`,
    },
  });
  return [
    {
      variables: {
        request_id: 'r{{ context.id }}-{{ range(100000) | random }}-{{ range(100000) | random }}',
      },
    },
    {
      parallel: [
        {
          sequence: [
            {
              wait_for_trigger: [
                {
                  trigger: 'event',
                  event_type: RESULT_EVENT,
                  event_data: { request_id: '{{ request_id }}' },
                },
              ],
              timeout: { seconds: PATIENCE },
              continue_on_timeout: true,
            },
            {
              variables: {
                answer: `{{ wait.trigger.event.data.answer if wait.trigger else '${late}' | from_json }}`,
              },
            },
            { stop: 'Answered by Asterisk Companion', response_variable: 'answer' },
          ],
        },
        {
          event: ACTION_EVENT,
          event_data: {
            companion,
            action: action.id,
            request_id: '{{ request_id }}',
            via: "{{ via | default('script') }}",
            fields: `json:{{ {${given}} | to_json }}`,
          },
        },
      ],
    },
  ];
}
