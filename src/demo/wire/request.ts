/** An action as a client has sent it. Names of headers are as they please. */
export class Request {
  readonly #headers: readonly (readonly [name: string, value: string])[];

  /** `lines`: without their line ends. */
  constructor(lines: readonly string[]) {
    this.#headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? ['', line] : [line.slice(0, colon).trim(), line.slice(colon + 1).trimStart()];
    });
  }

  /** First value of a header, `''` when it did not come. */
  get(name: string): string {
    return this.all(name)[0] ?? '';
  }

  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#headers.filter(([header]) => header.toLowerCase() === wanted).map(([, value]) => value);
  }

  /** The lines of all headers but these (in lower case). */
  rest(without: readonly string[]): string[] {
    return this.#headers
      .filter(([name]) => !without.includes(name.toLowerCase()))
      .map(([name, value]) => `${name}: ${value}`);
  }

  /** Whether a header says yes in one of Asterisk's words (`ast_true`). */
  says(name: string): boolean {
    return /^(yes|true|y|t|1|on)$/i.test(this.get(name));
  }

  /** The name=value pairs of every `Variable` header: split at commas, backslashes undone. */
  variables(): [name: string, value: string][] {
    return this.all('Variable').flatMap((header) =>
      header
        .split(/(?<!\\),/)
        .map((pair) => pair.replace(/\\(.)/g, '$1'))
        .map((pair): [string, string] => {
          const equals = pair.indexOf('=');
          return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
        }),
    );
  }
}
