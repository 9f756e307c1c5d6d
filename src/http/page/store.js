/** What the companion has told, by PBX. */

/** What the page shows; other subjects of the stream are for others. */
const PLURAL = {
  call: 'calls',
  phone: 'phones',
  doorbell: 'doorbells',
  parking: 'parking',
  conference: 'conferences',
  queue: 'queues',
  queue_member: 'queue_members',
  voicemail: 'voicemail',
  handset: 'handsets',
};

export class Store {
  /** @type {any[]} */
  pbxes = [];

  replace(state) {
    this.pbxes = state.pbxes.map((pbx) => ({ ...pbx, handsets: pbx.dect.handsets }));
  }

  /** @param {{pbx: string, subject: string, id: string, value: any}} change */
  change({ pbx: id, subject, id: which, value }) {
    const pbx = this.pbxes.find((one) => one.id === id);
    if (!pbx) return;
    if (subject === 'pbx') pbx.status = value;
    else if (!(subject in PLURAL)) return;
    else if (which === '*') pbx[PLURAL[subject]] = value;
    else pbx[PLURAL[subject]] = changed(pbx[PLURAL[subject]], which, value);
  }

  /** All of a kind, each with its PBX: `[pbx, one]`. */
  all(kind) {
    return this.pbxes.flatMap((pbx) => pbx[kind].map((one) => [pbx, one]));
  }

  /** Whether names of PBXs say anything. */
  get several() {
    return this.pbxes.length > 1;
  }
}

function changed(rows, id, value) {
  const others = rows.filter((row) => row.id !== id);
  if (value === null) return others;
  if (others.length === rows.length) return [...rows, value];
  return rows.map((row) => (row.id === id ? value : row));
}
