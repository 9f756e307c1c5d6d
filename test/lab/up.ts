import { Lab } from './stack/lab.ts';

const began = Date.now();
const lab = await Lab.start({ asterisks: ['home'] });
const { ami, sipPort } = lab.asterisk();
console.log(`up in ${Date.now() - began} ms: AMI ${ami.port} TLS ${ami.tlsPort} SIP ${sipPort}`);
const forever = setInterval(() => {}, 1 << 30);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    clearInterval(forever);
    await lab.stop();
  });
}
