/** SIP (RFC 3261) over UDP, as little of it as a pretended device needs. */
/** A message as it was on the wire; header names in small letters. */
export interface Message {
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Reads a datagram. */
export function read(text: string): Message {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { start, headers, body };
}

/** The value of a header, or '' when there is none of that name. */
export function header(message: Message, name: string): string {
  return message.headers.find(([each]) => each === name.toLowerCase())?.[1] ?? '';
}

/** An answer to a request. */
export function reply(request: Message, status: string, tag = '', contact = '', body = ''): string {
  const via = request.headers.filter(([name]) => name === 'via').map(([, value]) => `Via: ${value}`);
  const to = header(request, 'To');
  return [
    `SIP/2.0 ${status}`,
    ...via,
    `From: ${header(request, 'From')}`,
    `To: ${tag === '' || /;tag=/.test(to) ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${header(request, 'Call-ID')}`,
    `CSeq: ${header(request, 'CSeq')}`,
    ...(contact === '' ? [] : [`Contact: <${contact}>`]),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Offers and answers A-law and telephone events. */
export function sdp(port: number, direction: 'sendrecv' | 'sendonly' = 'sendrecv', version = 1): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    `a=${direction}`,
    '',
  ].join('\r\n');
}
