/** Who is behind a user id of Home Assistant. */
import { HomeAssistantError, type Link } from './link.ts';

interface User {
  readonly id: string;
  readonly name: string | null;
  readonly username: string | null;
}

export class Users {
  readonly #link: Link;
  readonly #names = new Map<string, string>();

  constructor(link: Link) {
    this.#link = link;
    link.onConnect(() => this.#connected());
  }

  /** The person's name, or null when the id is nobody's. Asks Home Assistant about ids it has not met. */
  async nameOf(id: string): Promise<string | null> {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const users = await this.#link.call<User[]>({ type: 'config/auth/list' }).catch(() => []);
    for (const user of users) this.#names.set(user.id, user.name ?? user.username ?? user.id);
    return this.#names.get(id) ?? null;
  }

  /** Who may do what can hang on a name, so an old one must not be kept. */
  async #connected(): Promise<void> {
    this.#names.clear();
    const message = { type: 'subscribe_events', event_type: 'user_updated' };
    await this.#link
      .subscribe(message, () => this.#names.clear())
      .catch((error: unknown) => {
        // Who is no administrator learns no names either; the scripts say so.
        if (!(error instanceof HomeAssistantError) || error.code !== 'unauthorized') throw error;
      });
  }
}
