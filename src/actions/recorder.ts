/**
 * Records without being asked by a person: phones whose calls are always recorded, the key that a phone's user
 * presses in a call, and calls whose recorded party has left by a transfer of its own.
 */
import type { PbxView, Recording, RecordingLeft } from '../pbx/model.ts';
import type { ActionLog, Asker, Registry } from './action.ts';
import { deliver } from './recording-delivery.ts';
import { renewRecording, startRecording } from './recording-start.ts';
import { sleep } from './wait.ts';

/** ms for Asterisk to close a file */
const CLOSE_MS = 1_000;

/** Calls of phones with a rule that are remembered. */
const MOST_SEEN = 500;

export class Recorder {
  readonly #pbx: PbxView;
  readonly #registry: Pick<Registry, 'run'>;
  readonly #log: ActionLog;
  readonly #stops: (() => void)[] = [];
  /** Uniqueids of phones' channels that were looked at: one that was stopped is not begun anew. */
  readonly #seen = new Set<string>();

  constructor(pbx: PbxView, registry: Pick<Registry, 'run'>, log: ActionLog) {
    this.#pbx = pbx;
    this.#registry = registry;
    this.#log = log;
  }

  start(): void {
    const { recordings } = this.#pbx;
    this.#stops.push(
      recordings.onKey((uniqueid) => this.#toggle(uniqueid)),
      recordings.onJoined((recording) => void renewRecording(this.#pbx, recording)),
      recordings.onWhole((recording) => void this.#deliver(recording)),
      recordings.onLeft((left) => void this.#goOn(left)),
    );
    if (recordings.always.size === 0) return;
    this.#stops.push(
      this.#pbx.onChange(({ subject, id }) => {
        if (subject === 'call') this.#look(id);
      }),
    );
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Looks whether a call that changed is to be recorded: a phone with the rule talks to somebody. */
  #look(call: string): void {
    const { calls, phones, recordings, status } = this.#pbx;
    if (!status.up || !recordings.possible) return;
    for (const { uniqueid, endpoint, state, bridge } of calls.get(call)?.channels ?? []) {
      if (state !== 'Up' || bridge === null || this.#seen.has(uniqueid)) continue;
      if (!recordings.always.has(endpoint) || calls.peer(uniqueid) === undefined) continue;
      this.#seen.add(uniqueid);
      const [oldest] = this.#seen;
      if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
      const phone = phones.byEndpoint(endpoint);
      if (phone !== undefined && recordings.of(uniqueid) === undefined)
        this.#run('record', { phone: phone.id }, { via: 'rule', name: 'always' });
    }
  }

  #toggle(uniqueid: string): void {
    const channel = this.#pbx.calls.channel(uniqueid);
    if (channel === undefined) return;
    const phone = this.#pbx.phones.byEndpoint(channel.endpoint);
    const whose = phone === undefined ? { call: channel.uniqueid } : { phone: phone.id };
    const action = this.#pbx.recordings.of(uniqueid) === undefined ? 'record' : 'stop_recording';
    this.#run(action, whose, { via: 'phone', name: phone?.name ?? channel.endpoint });
  }

  /** Only a whole recording goes into a mailbox: MixMonitor itself would put each of its pieces there. */
  async #deliver(recording: Recording): Promise<void> {
    const { mailbox, id } = recording;
    if (mailbox === null) return;
    try {
      // Where nobody could see that Asterisk has closed the file, it gets the time to.
      if (recording.bytes === null) await sleep(CLOSE_MS);
      const message = await deliver(this.#pbx, recording, mailbox);
      this.#pbx.recordings.delivered(id, message, null);
    } catch (error) {
      this.#log.warn({ err: error, recording: id, mailbox }, 'A recording did not get into its mailbox');
      const why = `It did not get into mailbox ${mailbox}, so its file stays: ${(error as Error).message}`;
      this.#pbx.recordings.delivered(id, null, why);
    }
  }

  async #goOn({ recording, stayed }: RecordingLeft): Promise<void> {
    const channel = this.#pbx.calls.channel(stayed);
    if (channel === undefined) return;
    const { phone, startedBy } = recording;
    await startRecording(this.#pbx, { channel, phone, startedBy }).catch((error: unknown) =>
      this.#log.warn({ err: error, recording: recording.id }, 'A recording does not go on after a transfer'),
    );
  }

  #run(action: string, fields: object, asker: Asker): void {
    void this.#registry.run(action, { pbx: this.#pbx.id, ...fields }, asker);
  }
}
