/** Wire samples that the tests of this room share. */

const CHANNEL = [
  ['Channel', 'PJSIP/6001-0000002a'],
  ['ChannelState', '4'],
  ['ChannelStateDesc', 'Ring'],
  ['CallerIDNum', '6001'],
  ['CallerIDName', 'Kitchen'],
  ['ConnectedLineNum', '<unknown>'],
  ['ConnectedLineName', '<unknown>'],
  ['Language', 'en'],
  ['AccountCode', ''],
  ['Context', 'default'],
  ['Exten', '444'],
  ['Priority', '1'],
  ['Uniqueid', '1763949101.42'],
  ['Linkedid', '1763949101.42'],
] as const;

/** Lines of a channel snapshot as Asterisk sends them, with some values changed. */
export function channelLines(prefix = '', changed: Readonly<Record<string, string>> = {}): string[] {
  return CHANNEL.map(([name, value]) => `${prefix}${name}: ${changed[name] ?? value}`);
}

/** An event as it goes over the wire. */
export function wire(name: string, ...lines: readonly string[]): string {
  return `Event: ${name}\r\nPrivilege: call,all\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}
