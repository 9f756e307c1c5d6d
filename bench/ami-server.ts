/**
 * Greets, lets everyone in, and writes the same bytes to whoever is connected: a process of its own, so that it
 * takes no time from the client that is measured.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { LAST, load } from './ami-load.ts';

const BATCH = 30_000;
const batch = load(BATCH);

let client: Socket | null = null;

const server = createServer((socket) => {
  client = socket;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.write('Asterisk Call Manager/11.0.0\r\n');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      answer(socket, text.slice(0, end));
      text = text.slice(end + 4);
    }
  });
});

function answer(socket: Socket, message: string): void {
  const action = /^action: (.*)$/im.exec(message)?.[1]?.toLowerCase();
  const id = /^actionid: (.*)$/im.exec(message)?.[1] ?? '';
  if (action === 'challenge') {
    socket.write(`Response: Error\r\nActionID: ${id}\r\nMessage: Must specify AuthType\r\n\r\n`);
    return;
  }
  socket.write(`Response: Success\r\nActionID: ${id}\r\nMessage: Authentication accepted\r\n\r\n`);
  if (action === 'login') socket.write('Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1\r\n\r\n');
}

process.on('message', async (events: number) => {
  for (let sent = 0; sent < events; sent += BATCH) {
    if (client?.write(batch) === false) await once(client, 'drain');
  }
  client?.write(LAST);
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
