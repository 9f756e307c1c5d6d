import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** The payload type of telephone events that our SDP offers. */
const TELEPHONE_EVENT = 101;

const DIGITS = '0123456789*#ABCD';

/** Hears the sound that is sent to a phone: counts it, and reads digits by RFC 4733. */
export class RtpEar {
  /** Packets of sound. */
  packets = 0;
  /** The digits in the order in which they were pressed. */
  digits = '';
  readonly #socket: Socket = createSocket('udp4');
  /** A digit comes in many packets with one timestamp (RFC 4733, 2.5.1.2). */
  #lastDigit = -1;

  /** Opens a port of 127.0.0.1 and gives its number. */
  async open(): Promise<number> {
    this.#socket.on('message', (packet) => this.#hear(packet));
    this.#socket.bind({ address: '127.0.0.1', port: 0 });
    await once(this.#socket, 'listening');
    return this.port;
  }

  /** The port, while it is open. */
  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  close(): void {
    this.#socket.close();
  }

  #hear(packet: Buffer): void {
    if (packet.length < 12) return;
    if ((packet.readUInt8(1) & 0x7f) !== TELEPHONE_EVENT) {
      this.packets++;
      return;
    }
    const timestamp = packet.readUInt32BE(4);
    if (timestamp === this.#lastDigit) return;
    this.#lastDigit = timestamp;
    this.digits += DIGITS[packet.readUInt8(12)] ?? '?';
  }
}
