import type { House } from './house.ts';
import type { Channel, Ending } from './switchboard/channel.ts';
import { press } from './switchboard/digits.ts';
import { contactUri, type Endpoint } from './switchboard/endpoint.ts';
import { NORMAL } from './switchboard/switchboard.ts';

/** What Asterisk makes of a caller's CANCEL, and of a phone that refuses (seen on 22.10). */
const CANCEL: Ending = { cause: 127, tech: 487 };
const REFUSAL: Ending = { cause: 17, tech: 486 };
/** ms that a key is heard, and that a phone says it was pressed for. */
const KEY_MS = 260;
const KEY_SAID_MS = 250;

/** What can be done on the phones and doorbells, as a hand would. Numbers as in `6001`. */
export class DeviceKeys {
  readonly #house: House;

  constructor(house: House) {
    this.#house = house;
  }

  /** Calls an extension. */
  call(number: string, exten: string): void {
    const { switchboard, dialplan } = this.#house;
    const { device } = this.#endpoint(number);
    const channel = switchboard.create({ device, state: 'Ring', exten, dialled: exten });
    dialplan.run(channel, 'default', exten);
  }

  /** Takes the call that rings. */
  answer(number: string): void {
    this.#channel(number, ({ pickUp }) => pickUp !== null).pickUp?.();
  }

  /** Refuses the call that rings. */
  refuse(number: string): void {
    const ringing = this.#channel(number, ({ state }) => state === 'Ringing');
    this.#house.switchboard.hangUp(ringing, REFUSAL, true);
  }

  /** Ends the newest call. */
  hangUp(number: string): void {
    const channel = this.#channel(number, () => true);
    this.#house.switchboard.hangUp(channel, channel.state === 'Up' ? NORMAL : CANCEL, true);
  }

  press(number: string, digit: string): void {
    const channel = this.#channel(number, ({ state }) => state === 'Up');
    press(this.#house.switchboard, channel, digit, KEY_MS, KEY_SAID_MS);
  }

  register(number: string, registered = true): void {
    const endpoint = this.#endpoint(number);
    const { switchboard } = this.#house;
    endpoint.registered = registered;
    switchboard.say('PeerStatus', {
      ChannelType: 'PJSIP',
      Peer: endpoint.device,
      PeerStatus: registered ? 'Reachable' : 'Unreachable',
    });
    switchboard.devices.changed(endpoint.device);
    switchboard.say('ContactStatus', {
      URI: contactUri(endpoint),
      ContactStatus: registered ? 'NonQualified' : 'Removed',
      AOR: number,
      EndpointName: number,
      RoundtripUsec: 0,
    });
  }

  /** Whether a device is in any call. */
  busy(number: string): boolean {
    return this.#house.switchboard.of(this.#endpoint(number).device).length > 0;
  }

  #endpoint(number: string): Endpoint {
    const endpoint = this.#house.switchboard.endpoints.get(`PJSIP/${number}`);
    if (endpoint === undefined) throw new Error(`the demo has no device ${number}`);
    return endpoint;
  }

  #channel(number: string, fits: (channel: Channel) => boolean): Channel {
    const channel = this.#house.switchboard.of(this.#endpoint(number).device).findLast(fits);
    if (channel === undefined) throw new Error(`${number} has no such call`);
    return channel;
  }
}
