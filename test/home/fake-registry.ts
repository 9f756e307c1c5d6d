import { z } from 'zod';
import type { ActionAnswer, ActionDeclaration, Asker, Registry } from '../../src/actions/action.ts';

const text = (title: string) =>
  z.string().meta({ title, description: `${title}, by id or name.`, example: 'x', selector: { text: {} } });

function declaration(id: string, title: string, fields: z.ZodObject): ActionDeclaration {
  return {
    id,
    title,
    description: `${title}.`,
    icon: 'mdi:phone',
    fields,
    result: z.unknown(),
    run: async () => null,
  };
}

/** Remembers what was asked and answers what it is told to. */
export class FakeRegistry implements Registry {
  readonly asked: { id: string; fields: unknown; asker: Asker }[] = [];
  answer: ActionAnswer = { ok: true, result: { done: true } };
  /** Runs before the answer. */
  onRun: (id: string) => void | Promise<void> = () => {};
  actions: readonly ActionDeclaration[] = [
    declaration(
      'dial',
      'Dial',
      z.strictObject({ phone: text('Phone'), number: text('Number'), pbx: text('PBX').optional() }),
    ),
    declaration(
      'open_door',
      'Open door',
      z.strictObject({ doorbell: text('Doorbell'), pbx: text('PBX').optional() }),
    ),
  ];

  async run(id: string, fields: unknown, asker: Asker): Promise<ActionAnswer> {
    this.asked.push({ id, fields, asker });
    await this.onRun(id);
    return this.answer;
  }
}
