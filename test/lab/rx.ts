import { Asterisk } from './stack/asterisk.ts';
import { placeFromEnvironment } from './stack/place.ts';
import { Tree } from './stack/tree.ts';

// Runs a console command on the lab's first Asterisk: node test/lab/rx.ts 'core show channels'
const place = placeFromEnvironment();
const home = new Asterisk(place, Tree.at(place), 'home', 0);
process.stdout.write(await home.rx(process.argv.slice(2).join(' ')));
