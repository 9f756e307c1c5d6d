/**
 * Follows the PBXs and tells publishers which devices look different. States are coalesced in a short window:
 * one change of the PBX touches several fields, and publishes once. Events are passed on at once.
 */
import type { Happening } from '../pbx/happenings.ts';
import type { Change, PbxView } from '../pbx/model.ts';
import { deviceOf, eventOf, idsOf, SHOWN, SUBJECTS, type Surroundings } from './entities/index.ts';
import { type Device, type DeviceRef, keyOf, type Subject } from './entities/model.ts';
import type { Publisher } from './publisher.ts';

/** ms. Long enough for the events of one happening to arrive together, too short to be seen. */
const WINDOW = 20;

export class Mirror {
  readonly #pbxes: readonly PbxView[];
  readonly #around: Surroundings;
  readonly #publishers: readonly Publisher[];
  readonly #devices = new Map<string, Device>();
  readonly #dirty = new Map<string, { view: PbxView; ref: DeviceRef }>();
  /** Sets that were seen to change. */
  readonly #dirtySets = new Map<PbxView, Set<Subject>>();
  readonly #stops: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(pbxes: readonly PbxView[], around: Surroundings, publishers: readonly Publisher[]) {
    this.#pbxes = pbxes;
    this.#around = around;
    this.#publishers = publishers;
  }

  start(): void {
    for (const view of this.#pbxes) {
      this.#stops.push(view.onHappening((happening) => this.#happened(view, happening)));
      this.#stops.push(view.onChange((change) => this.#changed(view, change)));
      this.#touchAll(view);
    }
    this.#flush();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#unschedule();
  }

  /** The device as it is now, what has not been published yet included. */
  device(ref: DeviceRef): Device | null {
    const view = this.#pbxes.find((pbx) => pbx.id === ref.pbx);
    return view === undefined ? null : deviceOf(view, ref.subject, ref.id, this.#around);
  }

  /** To be called when something besides the PBX changed how the device looks. */
  refresh(ref: DeviceRef): void {
    const view = this.#pbxes.find((pbx) => pbx.id === ref.pbx);
    if (view !== undefined) this.#touch(view, ref.subject, ref.id);
  }

  /** As {@link refresh}, for all devices. */
  refreshAll(): void {
    for (const view of this.#pbxes) this.#touchAll(view);
  }

  #changed(view: PbxView, { subject, id }: Change): void {
    if (subject === 'pbx') {
      this.#touchAll(view);
      return;
    }
    const { one, set } = SHOWN[subject];
    if (one === 'hub') this.#touch(view, 'pbx', view.id);
    else if (id === '*') for (const each of set) this.#touchSet(view, each);
    else if (one !== null) this.#touch(view, one, id);
  }

  #touch(view: PbxView, subject: Subject, id: string): void {
    this.#mark(view, subject, [id]);
    this.#schedule();
  }

  #touchSet(view: PbxView, subject: Subject): void {
    const sets = this.#dirtySets.get(view) ?? new Set();
    this.#dirtySets.set(view, sets.add(subject));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#stops.length > 0) this.#timer ??= setTimeout(() => this.#flush(), WINDOW);
  }

  #touchAll(view: PbxView): void {
    for (const subject of SUBJECTS) this.#touchSet(view, subject);
  }

  #happened(view: PbxView, happening: Happening): void {
    const told = eventOf(happening, view);
    if (told === null) return;
    for (const publisher of this.#publishers) publisher.event(told.ref, told.key, told.payload);
  }

  #flush(): void {
    this.#unschedule();
    const sets = [...this.#dirtySets];
    this.#dirtySets.clear();
    const gone = sets.flatMap(([view, subjects]) => this.#compareSets(view, subjects));
    const changed: Device[] = [];
    for (const { view, ref } of this.#dirty.values()) {
      if (!known(view, ref.subject)) continue;
      const device = deviceOf(view, ref.subject, ref.id, this.#around);
      if (device === null) {
        if (this.#devices.delete(keyOf(ref))) gone.push(ref);
        continue;
      }
      this.#refreshPresets(view, this.#devices.get(keyOf(ref)), device);
      this.#devices.set(keyOf(ref), device);
      changed.push(device);
    }
    this.#dirty.clear();
    for (const publisher of this.#publishers) {
      if (gone.length > 0) publisher.remove(gone);
      publisher.show(changed);
      // Last: what was true before the link was lost must not be shown again, a ring least of all.
      for (const [view] of sets) publisher.available(view.id, view.status.up);
      for (const [view] of sets) if (view.status.up) publisher.complete(view.id);
    }
  }

  #unschedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A phone that is registered is the preset of a lot's `Retrieve on` and of a mailbox's `Play on`. */
  #refreshPresets(view: PbxView, before: Device | undefined, phone: Device): void {
    if (phone.subject !== 'phone' || before === undefined) return;
    if (before.state.values.registered === phone.state.values.registered) return;
    this.#mark(view, 'parking', idsOf(view, 'parking'));
    // There may be as many mailboxes as phones, and the first that is registered is the preset of all of them.
    const first = view.phones.all().find(({ id, registered }) => registered || id === phone.id);
    if (first?.id === phone.id) this.#mark(view, 'voicemail', idsOf(view, 'voicemail'));
  }

  #mark(view: PbxView, subject: Subject, ids: Iterable<string>): void {
    for (const id of ids) {
      const ref: DeviceRef = { pbx: view.id, subject, id };
      this.#dirty.set(keyOf(ref), { view, ref });
    }
  }

  /** Marks what the sets hold as dirty and gives what is no longer in them. */
  #compareSets(view: PbxView, subjects: ReadonlySet<Subject>): DeviceRef[] {
    const gone: DeviceRef[] = [];
    for (const subject of SUBJECTS) {
      if (!subjects.has(subject) || !known(view, subject)) continue;
      const ids = new Set(idsOf(view, subject));
      this.#mark(view, subject, ids);
      for (const [key, device] of this.#devices) {
        if (device.pbx !== view.id || device.subject !== subject || ids.has(device.id)) continue;
        this.#devices.delete(key);
        gone.push(device);
      }
    }
    return gone;
  }
}

/**
 * Whether a device is what it seems to be. While the link is down, or the first lists are still being read, nobody
 * knows: a phone would lose the entities of a list that is yet to come. All is looked at again when the PBX is up.
 */
function known(view: PbxView, subject: Subject): boolean {
  return view.status.up || subject === 'pbx';
}
