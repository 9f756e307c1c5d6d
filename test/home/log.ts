import type { HomeLog } from '../../src/home/index.ts';

/** Keeps what was said. */
export class TestLog implements HomeLog {
  readonly lines: { level: string; facts: object; message: string }[] = [];
  debug = this.#say('debug');
  info = this.#say('info');
  warn = this.#say('warn');
  error = this.#say('error');

  of(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #say(level: string) {
    return (facts: object, message: string) => void this.lines.push({ level, facts, message });
  }
}
