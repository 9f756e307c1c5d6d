/** The lines of a message as they are: an ordered list with a look-up, for answers and for what has no shape. */
import type { AmiResponse } from './response.ts';

export type Header = readonly [name: string, value: string];

/**
 * Splits `Name: value` lines that end in CR LF. A line without a colon belongs to no header and is left out; a
 * bare LF is part of its value, so that no value can pretend to be a header.
 */
export function parseHeaders(bytes: Buffer, start: number, end: number): Header[] {
  const headers: Header[] = [];
  for (const line of bytes.toString('utf8', start, end).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers.push([line.slice(0, colon), line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))]);
  }
  return headers;
}

const END_COMMAND = '--END COMMAND--';

/** An answer, from the bytes of its message. */
export function parseResponse(bytes: Buffer, start: number, end: number): ResponseFrame {
  const text = bytes.toString('latin1', start, Math.min(end, start + 32));
  if (!/^response: follows\r\n/i.test(text)) {
    return new ResponseFrame(parseHeaders(bytes, start, end).map(withoutStrayLf));
  }
  return new ResponseFrame(parseFollows(bytes.toString('utf8', start, end)));
}

/** Some messages end in one: `Message: Park successful\\n` (parking_manager.c). */
function withoutStrayLf(header: Header): Header {
  return header[1].endsWith('\n') ? [header[0], header[1].slice(0, -1)] : header;
}

/** Before Asterisk 14 a Command's output followed its headers as bare lines; each becomes an `Output` header. */
function parseFollows(text: string): Header[] {
  const headers: Header[] = [];
  let rest = text;
  for (;;) {
    const match = /^(Response|Privilege|ActionID|Message|Output): ?([^\r\n]*)\r\n/i.exec(rest);
    if (match === null) break;
    headers.push([match[1] ?? '', match[2] ?? '']);
    rest = rest.slice(match[0].length);
  }
  const end = rest.lastIndexOf(END_COMMAND);
  const output = (end < 0 ? rest : rest.slice(0, end)).replace(/\r?\n$/, '');
  if (output !== '') for (const line of output.split(/\r?\n/)) headers.push(['Output', line]);
  return headers;
}

export class ResponseFrame implements AmiResponse {
  readonly headers: readonly Header[];

  constructor(headers: readonly Header[]) {
    this.headers = headers;
  }

  get Response(): AmiResponse['Response'] {
    return this.get('Response') as AmiResponse['Response'];
  }

  get Message(): string {
    return this.get('Message');
  }

  get(name: string): string {
    const wanted = name.toLowerCase();
    return this.headers.find(([key]) => key.toLowerCase() === wanted)?.[1] ?? '';
  }

  all(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    return this.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
  }
}
