import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** What opens an address in the browser, by `process.platform`. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
const ELSEWHERE: readonly string[] = ['xdg-open'];

/** The command that shows an address, or null where nobody would see it: in CI, and without a display. */
export function opener(platform: string, env: Environment): readonly string[] | null {
  if (env.CI) return null;
  const known = OPENERS[platform];
  if (known !== undefined) return known;
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ELSEWHERE : null;
}

/** Shows an address in the browser if there is one to be seen. Never fails, and leaves nothing to wait for. */
export function openInBrowser(url: string, env: Environment = process.env): void {
  const [command, ...args] = opener(process.platform, env) ?? [];
  if (command === undefined) return;
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
}
