/** A SIP message that a phone of the lab has sent or received. */
export interface SipMessage {
  readonly sent: boolean;
  /** As in `INVITE sip:444@127.0.0.1:5060 SIP/2.0` or `SIP/2.0 200 OK`. */
  readonly start: string;
  /** Header lines in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The value of a header, or '' when there is none of that name. */
export function header(message: SipMessage, name: string): string {
  return message.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}

/** The number of a response, or undefined for a request. */
export function status(message: SipMessage): number | undefined {
  const code = /^SIP\/2\.0 (\d+)/.exec(message.start)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** The method of a request, or of the request that a response answers. */
export function method(message: SipMessage): string {
  return header(message, 'CSeq').split(' ')[1] ?? '';
}

/** Reads what `sipp -trace_msg` writes: a line of dashes and the time, a line that says what follows, it. */
export function parseSippTrace(text: string): SipMessage[] {
  return text.split(/^-{20,} .*\n/m).flatMap((block) => {
    const [what = '', message] = halve(block, '\n\n');
    return message === undefined ? [] : [parse(message, what.includes('message sent'))];
  });
}

/**
 * Reads what `baresip -s` prints: "# UDP from -> to" in colour, the message, and the colour's end.
 * @param port the phone's own SIP port
 */
export function parseBaresipTrace(text: string, port: number): SipMessage[] {
  return text.split('\u001b[;m').flatMap((block) => {
    const found = /^UDP \S+:(\d+) -> \S+\n/m.exec(block);
    if (!found) return [];
    return [parse(block.slice(found.index + found[0].length), Number(found[1]) === port)];
  });
}

function halve(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function parse(text: string, sent: boolean): SipMessage {
  const [head, body = ''] = halve(text, '\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
  });
  return { sent, start, headers, body };
}
