/** The live stream: everything once, then what changes. Comes back by itself. */
import { protocols } from './api.js';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/**
 * @param {{hello(state: object): void, change(change: object): void, happening(happening: object): void,
 *   lost(): void, beforeRetry(): Promise<void>}} on
 */
export function listen(on) {
  let wait = FIRST_WAIT;
  const open = () => {
    const url = new URL('api/live', document.baseURI);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, protocols());
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'hello') {
        wait = FIRST_WAIT;
        on.hello(message);
      } else if (message.type === 'change') on.change(message);
      else if (message.type === 'happening') on.happening(message.happening);
    });
    socket.addEventListener('close', async () => {
      on.lost();
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT);
      await on.beforeRetry();
      open();
    });
  };
  open();
}
