/** Groups of phones, as the owner named them: to be announced on together. */
import { findBy, idOf } from './ids.ts';
import type { Group, GroupOptions, Groups as GroupsView } from './model.ts';

export class Groups implements GroupsView {
  readonly #groups: readonly Group[];

  constructor(options: readonly GroupOptions[]) {
    this.#groups = options.map(({ name, phones }) => ({ id: groupId(name), name, phones }));
  }

  all(): readonly Group[] {
    return this.#groups;
  }

  get(id: string): Group | undefined {
    return this.#groups.find((group) => group.id === id);
  }

  find(text: string): Group | undefined {
    return findBy(this.#groups, text, ({ id, name }) => [id, name]);
  }
}

/** `First floor` → `first_floor`. No two names of a PBX fall together: the settings refuse that. */
function groupId(name: string): string {
  return /^[a-z0-9 _-]+$/i.test(name) ? name.toLowerCase().replace(/[^a-z0-9]+/g, '_') : idOf(name);
}
