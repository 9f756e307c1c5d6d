/** What only queues.conf says of a queue. It may be out of reach: a link, a database, a right that the AMI user lacks. */
import { AmiActionError, AmiDisconnected } from '../ami/index.ts';
import { configOf, isTrue, type QueueRow } from './queue-row.ts';
import type { AmiLists, SubjectContext } from './subject.ts';

export class QueueConfig {
  readonly #context: SubjectContext;
  /** Queues of which it was said that `setinterfacevar` is off. */
  readonly #said = new Set<string>();

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  /** Reads it of those queues of which it has not been read since the link came up. */
  async read(ami: AmiLists, queues: Iterable<QueueRow>): Promise<void> {
    for (const row of queues) {
      if (row.configured) continue;
      row.configured = true;
      try {
        const answer = await ami.send({ Action: 'GetConfig', Filename: 'queues.conf', Category: row.queue });
        const config = configOf(answer);
        row.wrapUpTime = Number(config.get('wrapuptime')) || 0;
        this.#takeInterfaceVar(row, isTrue(config.get('setinterfacevar')));
      } catch (error) {
        if (error instanceof AmiDisconnected) throw error;
        if (error instanceof AmiActionError && error.code !== 'failed') return;
      }
    }
  }

  /** Where it cannot be read, a caller who has been connected tells whether the member's name was set. */
  async lookAt(ami: AmiLists, row: QueueRow, channel: string): Promise<void> {
    if (row.setInterfaceVar !== null) return;
    try {
      const answer = await ami.send({ Action: 'Getvar', Channel: channel, Variable: 'MEMBERINTERFACE' });
      this.#takeInterfaceVar(row, answer.get('Value') !== '');
    } catch {
      // The channel is gone: the next one tells.
    }
  }

  #takeInterfaceVar(row: QueueRow, value: boolean): void {
    if (row.setInterfaceVar !== value) this.#context.changed('queue', row.id);
    row.setInterfaceVar = value;
    if (value || this.#said.has(row.queue)) return;
    this.#said.add(row.queue);
    this.#context.log.info(
      { queue: row.queue },
      'setinterfacevar is off in queues.conf: the dialplan and phones are not told which member answered (MEMBERINTERFACE)',
    );
  }
}
