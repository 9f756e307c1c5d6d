import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Lab } from './stack/lab.ts';

// Keeps a lab up until Ctrl-C. Without options: all of it.
const { values } = parseArgs({
  options: {
    asterisk: { type: 'boolean' },
    'two-asterisks': { type: 'boolean' },
    broker: { type: 'boolean' },
    'home-assistant': { type: 'boolean' },
  },
});
const all = Object.keys(values).length === 0;
const asterisks = values['two-asterisks'] ? ['home', 'annex'] : values.asterisk || all ? ['home'] : [];

const began = Date.now();
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await using lab = await Lab.start({
  asterisks,
  broker: Boolean(values.broker || all),
  homeAssistant: Boolean(values['home-assistant'] || all),
});
console.log(`The lab is up after ${((Date.now() - began) / 1000).toFixed(1)} s, in ${lab.place.run}`);
for (const name of asterisks) {
  const { ami, sipPort } = lab.asterisk(name);
  console.log(`Asterisk ${name}: AMI 127.0.0.1:${ami.port} (TLS ${ami.tlsPort}), SIP 127.0.0.1:${sipPort}`);
}
if (lab.parts.broker) console.log(`Broker: ${lab.broker.url}`);
if (lab.parts.homeAssistant) {
  const { url, users } = lab.homeAssistant;
  console.log(`Home Assistant: ${url}`);
  for (const { username, password, token } of [users.admin, users.wall]) {
    console.log(`  ${username} / ${password}, token ${token}`);
  }
}
console.log('Ctrl-C ends it.');
const idle = setInterval(() => {}, 1 << 30);
await stopped;
clearInterval(idle);
