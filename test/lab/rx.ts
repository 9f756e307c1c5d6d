import { parseArgs } from 'node:util';
import { Lab } from './stack/lab.ts';

// Runs a console command on an Asterisk of the lab that is up.
const { values, positionals } = parseArgs({
  options: { asterisk: { type: 'string', default: 'home' } },
  allowPositionals: true,
});
process.stdout.write(await Lab.attach().asterisk(values.asterisk).rx(positionals.join(' ')));
