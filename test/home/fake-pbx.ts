/** A PBX that does what a test tells it, seen through the same window as a real one. */
import type {
  ConferenceHappening,
  DectHappening,
  DoorbellHappening,
  Happening,
  ParkingHappening,
  PhoneHappening,
  QueueHappening,
} from '../../src/pbx/happenings.ts';
import type {
  Call,
  Change,
  Conference,
  ConferenceMember,
  DectBase,
  DectHandset,
  DeviceState,
  DeviceStateGroup,
  Doorbell,
  Entrance,
  FormerMember,
  Group,
  Hint,
  Mailbox,
  ParkingLot,
  PbxStatus,
  PbxView,
  Phone,
  Presence,
  Queue,
  QueueMember,
  Recording,
  RecordingLeft,
  RecordingOptions,
  RecordingPlan,
  RecordingRule,
  RingGroup,
  VoicemailMessage,
} from '../../src/pbx/model.ts';

/** When everything in the tests happens. */
export const NOW = '2026-11-24T10:00:00.000Z';

/** Of a room that is known by its name alone. */
export const NO_WAY: Entrance = { extension: null, bridge: null, profile: null };

export class FakePbx implements PbxView {
  readonly id: string;
  status: PbxStatus = { up: true, since: NOW, version: '22.10.1', problem: null };
  readonly phoneRows = new Map<string, Phone>();
  readonly doorbellRows = new Map<string, Doorbell>();
  readonly ringGroupRows = new Map<string, RingGroup>();
  readonly lotRows = new Map<string, ParkingLot>();
  readonly deviceStateRows = new Map<string, DeviceStateGroup>();
  readonly hintRows = new Map<string, Hint>();
  readonly baseRows = new Map<string, DectBase>();
  readonly handsetRows = new Map<string, DectHandset>();
  readonly conferenceRows = new Map<string, Conference>();
  /** By presentity. */
  readonly presenceRows = new Map<string, Presence>();
  readonly mailboxRows = new Map<string, Mailbox>();
  /** By a mailbox's id: all that is in it, newest first. */
  readonly messageRows = new Map<string, VoicemailMessage[]>();
  audible = true;
  readonly queueRows = new Map<string, Queue>();
  readonly memberRows = new Map<string, QueueMember>();
  formerMembers: FormerMember[] = [];
  callRows: Call[] = [];
  groupRows: Group[] = [];
  readonly #changes = new Set<(change: Change) => void>();
  readonly #happenings = new Set<(happening: Happening) => void>();

  readonly calls: PbxView['calls'] = {
    all: () => this.callRows,
    get: (id) => this.callRows.find((call) => call.id === id),
    channel: () => undefined,
    channelsOf: () => [],
    peer: () => undefined,
  };

  readonly phones: PbxView['phones'] = {
    all: () => [...this.phoneRows.values()],
    get: (id) => this.phoneRows.get(id),
    find: (text) => this.phoneRows.get(text),
    byEndpoint: (endpoint) => [...this.phoneRows.values()].find((phone) => phone.endpoint === endpoint),
    resetMissed: (id) => this.phone({ id, missed: 0 }),
    noteDialled: (id, lastDialled) => this.phone({ id, lastDialled }),
    pressing: () => () => {},
  };

  readonly doorbells: PbxView['doorbells'] = {
    all: () => [...this.doorbellRows.values()],
    get: (id) => this.doorbellRows.get(id),
    find: (text) => this.doorbellRows.get(text),
    dismiss: () => {},
    moveOn: () => {},
    opened: (id, way, who) => this.doorbellEvent({ type: 'opened', doorbell: id, way, who }),
  };

  readonly ringGroups: PbxView['ringGroups'] = {
    all: () => [...this.ringGroupRows.values()],
    get: (id) => this.ringGroupRows.get(id),
    find: (text) => [...this.ringGroupRows.values()].find(({ id, name }) => id === text || name === text),
  };

  readonly parking: PbxView['parking'] = {
    all: () => [...this.lotRows.values()],
    get: (id) => this.lotRows.get(id),
    find: (text) => [...this.lotRows.values()].find((lot) => lot.id === text || lot.name === text),
    asked: () => {},
  };

  readonly deviceStates: PbxView['deviceStates'] = {
    all: () => [...this.deviceStateRows.values()],
    get: (id) => this.deviceStateRows.get(id),
  };

  readonly hints: PbxView['hints'] = {
    all: () => [...this.hintRows.values()],
    get: (id) => this.hintRows.get(id),
    ofLot: (id) => this.hints.all().filter(({ at }) => at !== null && 'lot' in at && at.lot === id),
    groups: {
      all: () =>
        [...new Set(this.hints.all().map(({ context }) => context))].flatMap(
          (context) => this.hints.groups.get(context) ?? [],
        ),
      get: (id) => {
        const hints = this.hints.all().filter(({ context, at }) => context === id && at === null);
        return hints.length === 0 ? undefined : { id, name: id, hints };
      },
    },
  };

  readonly dect: PbxView['dect'] = {
    bases: { all: () => [...this.baseRows.values()], get: (id) => this.baseRows.get(id) },
    handsets: {
      all: () => [...this.handsetRows.values()],
      get: (id) => this.handsetRows.get(id),
      find: (text) => [...this.handsetRows.values()].find(({ id, name }) => id === text || name === text),
    },
    resetMissed: (id) => this.handset({ id, missed: 0 }),
  };

  readonly conferences: PbxView['conferences'] = {
    all: () => [...this.conferenceRows.values()],
    get: (id) => this.conferenceRows.get(id),
    find: (text) =>
      [...this.conferenceRows.values()].find(({ id, room, name }) => [id, room, name].includes(text)),
    of: (uniqueid) => {
      for (const room of this.conferenceRows.values()) {
        const member = room.members.find(({ call }) => call === uniqueid);
        if (member) return { room, member };
      }
      return undefined;
    },
    refresh: async () => {},
  };

  readonly voicemail: PbxView['voicemail'] = (() => {
    const pbx = this;
    return {
      get audible() {
        return pbx.audible;
      },
      all: () => [...pbx.mailboxRows.values()],
      get: (id: string) => pbx.mailboxRows.get(id),
      find: (text: string) =>
        [...pbx.mailboxRows.values()].find((box) => [box.id, box.mailbox, box.name].includes(text)),
      messages: async (id: string) => [...(pbx.messageRows.get(id) ?? [])],
    };
  })();

  readonly presence: PbxView['presence'] = {
    loaded: true,
    all: () => [...this.presenceRows.values()],
    get: (id) => [...this.presenceRows.values()].find((presence) => presence.id === id),
    at: (presentity) => this.presenceRows.get(presentity) ?? nobody(presentity),
  };

  readonly groups: PbxView['groups'] = {
    all: () => this.groupRows,
    get: (id) => this.groupRows.find((group) => group.id === id),
    find: (text) => this.groupRows.find(({ id, name }) => id === text || name === text),
  };

  readonly announcements: PbxView['announcements'] = {
    expect: () => () => {},
    played: () => true,
    cause: () => undefined,
    ended: (result) => this.happen({ subject: 'announcement', time: NOW, pbx: this.id, ...result }),
  };
  readonly messages = { shown: true, from: 'home' };
  readonly userEvents = { leftOut: 0 };

  readonly queues: PbxView['queues'] = {
    all: () => [...this.queueRows.values()],
    get: (id) => this.queueRows.get(id),
    find: (text) =>
      [...this.queueRows.values()].find(({ id, queue, name }) => [id, queue, name].includes(text)),
    members: {
      all: () => [...this.memberRows.values()],
      get: (id) => this.memberRows.get(id),
      of: (queue) => [...this.memberRows.values()].filter((member) => member.queue === queue),
    },
    former: (phone) => this.formerMembers.filter((former) => former.stateInterface === phone.endpoint),
    refresh: async () => {},
    options: [],
  };
  readonly recordingRows = new Map<string, Recording>();
  /** What `recordings` says and does, beside its rows. */
  readonly recordingFacts = { possible: true, visible: true, free: null as number | null };
  recordingOptions: RecordingOptions = {
    to: ['media', 'mailbox'],
    dir: '/media/recordings',
    mediaDir: '/media/recordings',
    mediaSource: null,
    beep: 0,
    mailbox: null,
  };
  readonly recordingRules = new Map<string, RecordingRule>();
  recordingWhole: (recording: Recording) => void = () => {};
  recordingSaved: (recording: Recording) => void = () => {};
  recordingJoined: (recording: Recording) => void = () => {};
  readonly renewals: [id: string, monitor: string | null][] = [];
  readonly deliveries: [id: string, message: string | null, problem: string | null][] = [];
  readonly recordingPlans: RecordingPlan[] = [];
  readonly #keys = new Set<(uniqueid: string) => void>();
  readonly #left = new Set<(left: RecordingLeft) => void>();

  readonly recordings: PbxView['recordings'] = (() => {
    const house = this;
    const rows = () => [...house.recordingRows.values()];
    return {
      get possible() {
        return house.recordingFacts.possible;
      },
      get visible() {
        return house.recordingFacts.visible;
      },
      get options() {
        return house.recordingOptions;
      },
      all: rows,
      get: (id) => house.recordingRows.get(id),
      find: (text) => house.recordingRows.get(text),
      running: () => rows().filter(({ state }) => state === 'recording'),
      of: (channel) => {
        const call = house.calls.channel(channel)?.linkedid;
        return rows().find((row) => row.call === call && row.state === 'recording');
      },
      handle: (id) => ({ channel: house.recordingRows.get(id)?.call ?? '', monitor: '0x1' }),
      ended: () => rows().filter(({ state }) => state !== 'recording'),
      get always() {
        const always = [...house.recordingRules].filter(([, rule]) => rule === 'always');
        return new Set(always.map(([phone]) => house.phoneRows.get(phone)?.endpoint ?? ''));
      },
      rule: (phone) => house.recordingRules.get(phone) ?? 'on_demand',
      mailbox: () => null,
      plan: (plan) => void house.recordingPlans.push(plan),
      named: (id, _monitor, file) => house.recording({ id, file }),
      dropPlan: (id) =>
        house.recordingPlans.splice(
          house.recordingPlans.findIndex((plan) => plan.id === id),
          1,
        ),
      scan: async () => {},
      fileOf: (id) => ({ root: '/media/recordings', file: `/media/recordings/${id}.wav` }),
      space: async () => house.recordingFacts.free,
      move: async (id, folder) => house.recording({ id, folder }),
      remove: async (id) => void house.recordingRows.delete(id),
      onLeft: (listener) => {
        house.#left.add(listener);
        return () => house.#left.delete(listener);
      },
      onWhole: (listener) => {
        house.recordingWhole = listener;
        return () => {};
      },
      onSaved: (listener) => {
        house.recordingSaved = listener;
        return () => {};
      },
      delivered: (...delivery) => void house.deliveries.push(delivery),
      onJoined: (listener) => {
        house.recordingJoined = listener;
        return () => {};
      },
      renew: (id, monitor) => void house.renewals.push([id, monitor]),
      onKey: (listener) => {
        house.#keys.add(listener);
        return () => house.#keys.delete(listener);
      },
    };
  })();

  readonly ami: PbxView['ami'] = null as never;
  readonly slow: PbxView['slow'] = null as never;

  constructor(id = 'home') {
    this.id = id;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  onHappening(listener: (happening: Happening) => void): () => void {
    this.#happenings.add(listener);
    return () => this.#happenings.delete(listener);
  }

  get listeners(): number {
    return this.#changes.size + this.#happenings.size;
  }

  change(change: Change): void {
    for (const listener of this.#changes) listener(change);
  }

  happen(happening: Happening): void {
    for (const listener of this.#happenings) listener(happening);
  }

  setStatus(status: Partial<PbxStatus>): void {
    this.status = { ...this.status, ...status };
    this.change({ subject: 'pbx', id: this.id });
  }

  /** Adds a phone, or changes some of what it is. */
  phone(row: Partial<Phone> & { readonly id: string }): void {
    const before = this.phoneRows.get(row.id);
    const number = row.id.replace(/^\D+/, '');
    this.phoneRows.set(row.id, {
      endpoint: `PJSIP/${number}`,
      name: `Phone ${number}`,
      state: 'idle',
      registered: true,
      connected: null,
      lastCaller: null,
      lastDialled: '',
      missed: 0,
      channels: [],
      ...before,
      ...row,
    });
    this.change({ subject: 'phone', id: before === undefined || row.name !== undefined ? '*' : row.id });
  }

  doorbell(row: Partial<Doorbell> & { readonly id: string }): void {
    const before = this.doorbellRows.get(row.id);
    this.doorbellRows.set(row.id, {
      name: 'Front door',
      endpoint: 'PJSIP/8000',
      answer_on: ['PJSIP/6001'],
      state: 'idle',
      press: null,
      last: null,
      ...before,
      ...row,
    });
    this.change({ subject: 'doorbell', id: before === undefined || row.name !== undefined ? '*' : row.id });
  }

  ringGroup(row: Partial<RingGroup> & { readonly id: string }): void {
    const more = { name: 'Everybody', extension: row.id, state: 'idle', caller: null } as const;
    this.ringGroupRows.set(row.id, { ...more, ...row });
    this.change({ subject: 'ring_group', id: '*' });
  }

  lot(row: Partial<ParkingLot> & { readonly id: string }): void {
    const before = this.lotRows.get(row.id);
    this.lotRows.set(row.id, {
      name: row.id,
      spaces: { first: '701', last: '720' },
      timeout: 45,
      label: null,
      phones: [],
      parked: [],
      callingBack: [],
      ...before,
      ...row,
    });
    this.change({ subject: 'parking', id: before === undefined ? '*' : row.id });
  }

  hint(row: Partial<Hint> & { readonly extension: string }): void {
    const id = row.extension;
    const before = this.hintRows.get(id);
    this.hintRows.set(id, {
      id,
      context: 'default',
      devices: [`Custom:${id}`],
      presentity: null,
      state: 'idle',
      at: null,
      ...before,
      ...row,
    });
    const { at } = row;
    this.change({ subject: 'blf', id: '*' });
    if (at && 'lot' in at) this.change({ subject: 'parking', id: at.lot });
  }

  deviceState(device: string, state: DeviceState['state'] = 'not_inuse'): void {
    this.deviceStateRows.set('custom', { id: 'custom', name: '', states: [{ device, state }] });
    this.change({ subject: 'device_state', id: 'custom' });
  }

  base(row: Partial<DectBase> & { readonly id: string }): void {
    const before = this.baseRows.get(row.id);
    this.baseRows.set(row.id, {
      name: 'Quicktone',
      line: 'PJSIP/2001',
      busy: false,
      caller: null,
      digit: null,
      noAnswer: [46, 49],
      knownBy: null,
      handsets: ['pjsip_2001_3'],
      ...before,
      ...row,
    });
    this.change({ subject: 'dect', id: before === undefined ? '*' : row.id });
  }

  handset(row: Partial<DectHandset> & { readonly id: string }): void {
    const before = this.handsetRows.get(row.id);
    this.handsetRows.set(row.id, {
      name: 'Hall',
      base: 'pjsip_2001',
      line: 'PJSIP/2001',
      digit: '3',
      extensions: ['1103'],
      mailbox: '03@default',
      state: 'free',
      caller: null,
      all: false,
      since: null,
      until: null,
      lastCaller: null,
      missed: 0,
      ...before,
      ...row,
    });
    this.change({ subject: 'handset', id: before === undefined ? '*' : row.id });
  }

  dectEvent(row: Partial<DectHappening> & Pick<DectHappening, 'type'>): void {
    this.happen({
      subject: 'dect',
      time: NOW,
      pbx: this.id,
      base: 'pjsip_2001',
      base_name: 'Quicktone',
      handset: 'pjsip_2001_3',
      handset_name: 'Hall',
      digit: '3',
      all: false,
      handsets: ['Hall'],
      mailbox: '03@default',
      call: '1764000000.1',
      caller: { name: 'Doorbell', number: '8000' },
      ...row,
    });
  }

  conference(row: Partial<Conference> & { readonly id: string }): void {
    const before = this.conferenceRows.get(row.id);
    this.conferenceRows.set(row.id, {
      room: row.id,
      name: row.id,
      members: [],
      locked: false,
      recording: false,
      since: null,
      entrances: { plain: NO_WAY, marked: NO_WAY },
      talkDetection: null,
      recordFolder: null,
      ...before,
      ...row,
    });
    this.change({ subject: 'conference', id: before === undefined ? '*' : row.id });
  }

  /** Gives a phone a presence, or changes some of what it says. */
  presenceOf(phone: string, said: Partial<Presence> = {}): void {
    const row = this.phoneRows.get(phone);
    if (row === undefined) throw new Error(`there is no ${phone}`);
    const presentity = `CustomPresence:${row.endpoint.slice(row.endpoint.indexOf('/') + 1)}`;
    const ref = { id: row.id, endpoint: row.endpoint, name: row.name };
    const before = this.presenceRows.get(presentity) ?? nobody(presentity);
    this.presenceRows.set(presentity, { ...before, id: phone, phone: ref, ...said });
    this.change({ subject: 'presence', id: phone });
  }

  mailbox(row: Partial<Mailbox> & { readonly id: string }): void {
    const before = this.mailboxRows.get(row.id);
    this.mailboxRows.set(row.id, {
      mailbox: row.id.replace('_', '@'),
      name: 'Family',
      phone: null,
      new: 0,
      old: 0,
      urgent: 0,
      folders: {},
      newest: [],
      problem: null,
      ...before,
      ...row,
    });
    this.change({ subject: 'voicemail', id: before === undefined ? '*' : row.id });
  }

  queue(row: Partial<Queue> & { readonly id: string }): void {
    const before = this.queueRows.get(row.id);
    this.queueRows.set(row.id, {
      queue: row.id,
      name: row.id,
      strategy: 'ringall',
      callers: [],
      waitingSince: null,
      longestWait: 0,
      members: {
        total: 1,
        available: 1,
        ringing: 0,
        in_call: 0,
        busy: 0,
        on_hold: 0,
        wrap_up: 0,
        paused: 0,
        unreachable: 0,
      },
      penalties: false,
      completed: 0,
      abandoned: 0,
      holdTime: 0,
      talkTime: 0,
      serviceLevel: { percent: 0, seconds: 20 },
      setInterfaceVar: true,
      told: true,
      ...before,
      ...row,
    });
    this.change({ subject: 'queue', id: before === undefined ? '*' : row.id });
  }

  /** A member of the queue that its id begins with, such as `support__pjsip_6001`. */
  queueMember(row: Partial<QueueMember> & { readonly id: string }): void {
    const [queue = '', device = ''] = row.id.split('__');
    const phone = this.phoneRows.get(device);
    this.memberRows.set(row.id, {
      queue,
      name: phone?.name ?? device,
      interface: phone?.endpoint ?? device,
      stateInterface: phone?.endpoint ?? device,
      phone: phone === undefined ? null : { id: phone.id, endpoint: phone.endpoint, name: phone.name },
      membership: 'dynamic',
      state: 'available',
      paused: false,
      pausedReason: '',
      pausedSince: null,
      penalty: 0,
      callsTaken: 0,
      lastCall: null,
      loggedInSince: Date.parse(NOW),
      caller: null,
      wrapUpUntil: null,
      ...this.memberRows.get(row.id),
      ...row,
    });
    this.change({ subject: 'queue_member', id: row.id });
  }

  removeQueueMember(id: string): void {
    this.memberRows.delete(id);
    this.change({ subject: 'queue_member', id });
  }

  queueEvent(row: Partial<QueueHappening> & Pick<QueueHappening, 'type'>): void {
    this.happen({ subject: 'queue', time: NOW, pbx: this.id, queue: 'support', name: 'support', ...row });
  }

  recording(row: Partial<Recording> & { readonly id: string }): void {
    this.recordingRows.set(row.id, {
      state: 'saved',
      phone: { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' },
      other: { number: '8000', name: 'Doorbell' },
      people: ['Doorbell', 'Kitchen'],
      startedBy: 'Anna',
      call: '1764000000.1',
      since: Date.parse(NOW),
      seconds: 12,
      file: `/media/recordings/${row.id}.wav`,
      folder: '',
      kept: true,
      mailbox: '6001@default',
      message: null,
      bytes: 192_044,
      problem: null,
      ...this.recordingRows.get(row.id),
      ...row,
    });
    this.change({ subject: 'recording', id: 'recordings' });
  }

  /** The recorded party has left by a transfer of its own. */
  recordingLeft(left: RecordingLeft): void {
    for (const listener of this.#left) listener(left);
  }

  /** A phone's user presses the key to begin or end a recording. */
  recordingKey(uniqueid: string): void {
    for (const listener of this.#keys) listener(uniqueid);
  }

  removePhone(id: string): void {
    this.phoneRows.delete(id);
    this.change({ subject: 'phone', id: '*' });
  }

  doorbellEvent(row: Partial<DoorbellHappening> & Pick<DoorbellHappening, 'type'>): void {
    this.happen({
      subject: 'doorbell',
      time: NOW,
      pbx: this.id,
      doorbell: 'front_door',
      name: 'Front door',
      call: '1764000000.1',
      caller: { name: 'Doorbell', number: '8000' },
      extension: '600',
      ...row,
    });
  }

  phoneEvent(row: Partial<PhoneHappening> & Pick<PhoneHappening, 'type'>): void {
    const phone = { id: 'pjsip_6001', endpoint: 'PJSIP/6001', name: 'Kitchen' };
    this.happen({ subject: 'phone', time: NOW, pbx: this.id, phone, ...row });
  }

  parkingEvent(row: Partial<ParkingHappening> & Pick<ParkingHappening, 'type'>): void {
    this.happen({
      subject: 'parking',
      time: NOW,
      pbx: this.id,
      lot: 'default',
      space: '701',
      call: '1764000000.1',
      caller: { name: 'Doorbell', number: '8000' },
      parked_by: 'Front door',
      ...row,
    });
  }

  conferenceEvent(row: Partial<ConferenceHappening> & Pick<ConferenceHappening, 'type'>): void {
    this.happen({
      subject: 'conference',
      time: NOW,
      pbx: this.id,
      conference: 'family',
      room: 'family',
      name: 'Family',
      members: 1,
      ...row,
    });
  }
}

/** Somebody in a conference. */
export function member(row: Partial<ConferenceMember> & { readonly call: string }): ConferenceMember {
  return {
    channel: `PJSIP/6001-${row.call}`,
    caller: { number: '6001', name: 'Kitchen' },
    phone: null,
    admin: false,
    marked: false,
    waiting: false,
    muted: false,
    talking: false,
    since: Date.parse(NOW),
    ...row,
  };
}

function nobody(presentity: string): Presence {
  return { id: presentity, presentity, phone: null, state: 'not_set', subtype: '', message: '' };
}

/** A small house: two phones, a doorbell, a lot. */
export function house(id = 'home'): FakePbx {
  const pbx = new FakePbx(id);
  pbx.phone({ id: 'pjsip_6001', name: 'Kitchen' });
  pbx.phone({ id: 'pjsip_6002', name: 'Office', registered: false, state: 'unavailable' });
  pbx.doorbell({ id: 'front_door' });
  pbx.ringGroup({ id: '600' });
  pbx.lot({ id: 'default' });
  pbx.conference({ id: 'family', name: 'Family' });
  pbx.presenceOf('pjsip_6001', { state: 'away', subtype: 'lunch', message: 'Back at "1"' });
  pbx.mailbox({ id: '6001_default' });
  pbx.recording({ id: '20261124-100000_6001_8000_k3f9' });
  return pbx;
}

/** A house with one of all that devices can be of. */
export function wholeHouse(id = 'home'): FakePbx {
  const pbx = house(id);
  pbx.groupRows = [{ id: 'downstairs', name: 'Downstairs', phones: ['PJSIP/6001'] }];
  pbx.base({ id: 'pjsip_2001' });
  pbx.handset({ id: 'pjsip_2001_3' });
  pbx.hint({ extension: 'lamp' });
  pbx.deviceState('Custom:lamp');
  pbx.hint({ extension: '701', at: { lot: 'default', space: '701' } });
  pbx.queue({ id: 'support', penalties: true });
  pbx.queueMember({ id: 'support__pjsip_6001' });
  return pbx;
}
