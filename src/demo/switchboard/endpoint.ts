import type { Party } from './channel.ts';

/** A PJSIP endpoint. */
export interface Endpoint {
  /** `6001` */
  readonly number: string;
  /** `PJSIP/6001` */
  readonly device: string;
  readonly caller: Party;
  registered: boolean;
}

export function endpoint(number: string, name: string, registered = true): Endpoint {
  return { number, device: `PJSIP/${number}`, caller: { number, name }, registered };
}

/** Where it is registered; addresses are of a range that is kept for documentation. */
export function contactUri({ number }: Endpoint): string {
  return `sip:${number}@192.0.2.10:5060`;
}
