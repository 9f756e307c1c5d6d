/** The part of the frontend's `hass` object that the cards stand on; see the developer docs, "Custom card". */

export interface EntityState {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** ISO 8601, by the server's clock. */
  readonly last_updated: string;
}

export interface Device {
  readonly name?: string | null;
  readonly name_by_user?: string | null;
  readonly model?: string | null;
}

/** What a script answers when it is called with `returnResponse`. */
export interface ServiceResponse {
  readonly response?: unknown;
}

export interface Hass {
  readonly states: Readonly<Record<string, EntityState | undefined>>;
  /** Entities of the registry; one that was made by the states API is not there. */
  readonly entities?: Readonly<Record<string, { readonly device_id?: string | null } | undefined>>;
  readonly devices?: Readonly<Record<string, Device | undefined>>;
  readonly locale: { readonly language: string };
  readonly themes?: { readonly darkMode?: boolean };
  readonly user?: { readonly id: string };
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  callService(
    domain: string,
    service: string,
    data: Readonly<Record<string, unknown>>,
    target: undefined,
    notifyOnError: boolean,
    returnResponse: boolean,
  ): Promise<ServiceResponse>;
  /** Same-origin request with the user's token. */
  fetchWithAuth?(path: string, init?: RequestInit): Promise<Response>;
}

/** The device that an entity belongs to. */
export function deviceOf(hass: Hass, entityId: string): Device | undefined {
  return hass.devices?.[hass.entities?.[entityId]?.device_id ?? ''];
}

/** Opens Home Assistant's own dialog about an entity. */
export function showMoreInfo(from: HTMLElement, entityId: string): void {
  const detail = { entityId };
  from.dispatchEvent(new CustomEvent('hass-more-info', { detail, bubbles: true, composed: true }));
}
