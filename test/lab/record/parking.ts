import type { Scene, Stage } from './scene.ts';
import { answered, phonesTalk, ring } from './steps.ts';

/** Rings a phone that then takes the call in a parking space. */
async function retrieve({ wire, pause }: Stage, endpoint: string, lotAndSpace: string) {
  await wire.act(
    'Originate',
    `Channel: ${endpoint}`,
    'Application: ParkedCall',
    `Data: ${lotAndSpace}`,
    'Timeout: 30000',
    'Async: true',
    'ChannelId: companion-retrieve',
    'Variable: CONNECTEDLINE(name\\,i)=Doorbell',
    'Variable: CONNECTEDLINE(num)=8000',
  );
  await wire.event(/^ChannelStateDesc: Ringing$/m);
  await pause();
}

export const PARKING: readonly Scene[] = [
  {
    name: 'parked',
    about: 'The doorbell parks itself, a phone retrieves the visitor and hangs up',
    async play(stage) {
      const { wire, door, kitchen, pause } = stage;
      wire.note('8000 calls 444');
      await using _press = await door.press('444');
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      await wire.list('ParkedCalls');
      await wire.list('CoreShowChannels');
      await wire.list('BridgeList');
      await wire.list('DeviceStateList');
      await retrieve(stage, 'PJSIP/6001', 'default,701');
      wire.note('6001 answers');
      await kitchen.answer();
      await wire.event(/^Event: UnParkedCall$/m);
      await pause();
      wire.note('6001 hangs up');
      await kitchen.hangUp();
      await wire.quiet();
    },
  },
  {
    name: 'parked-timeout',
    about: 'The doorbell parks itself and nobody retrieves the visitor in time',
    async play({ wire, door }) {
      wire.note('8000 calls 445');
      await using _press = await door.press('445');
      await wire.event(/^Event: ParkedCallTimeOut$/m);
      await wire.event(/^Event: Hangup$/m);
    },
  },
  {
    name: 'parked-given-up',
    about: 'The doorbell parks itself and the visitor gives up',
    async play({ wire, door, pause }) {
      wire.note('8000 calls 444');
      await using press = await door.press('444');
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'park-answered',
    about: 'A visitor whom a phone has answered is parked, and the phone is let go',
    async play(stage) {
      const { wire, pause } = stage;
      await using press = await answered(stage);
      const phone = stage.channel('PJSIP/6001');
      await wire.act('Park', `Channel: ${stage.channel('PJSIP/8000')}`, `TimeoutChannel: ${phone}`);
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      await wire.act('Hangup', `Channel: ${phone}`, 'Cause: 16');
      await pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'park-caller',
    about: 'A phone that was called is parked, and the phone that had called it is let go',
    async play(stage) {
      const { wire, livingRoom, pause } = stage;
      await phonesTalk(stage);
      const phone = stage.channel('PJSIP/6001');
      await wire.act(
        'Park',
        `Channel: ${stage.channel('PJSIP/6002')}`,
        `TimeoutChannel: ${phone}`,
        'Timeout: 90000',
        'Parkinglot: office',
      );
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      await wire.act('Hangup', `Channel: ${phone}`, 'Cause: 16');
      await pause();
      wire.note('6002 hangs up');
      await livingRoom.hangUp();
    },
  },
  {
    name: 'park-ringing',
    about: 'A visitor whom nobody has answered is parked, hears the digits, and is sent away',
    async play(stage) {
      const { wire, pause } = stage;
      await using _press = await ring(stage);
      await pause();
      const visitor = stage.channel('PJSIP/8000');
      await wire.act('Park', `Channel: ${visitor}`);
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      await wire.act('PlayDTMF', `Channel: ${visitor}`, 'Digit: 9', 'Duration: 160');
      await pause();
      await wire.act('Hangup', `Channel: ${visitor}`, 'Cause: 16');
      await wire.event(/^Event: Hangup$/m, 3);
    },
  },
  {
    name: 'bridge-parked',
    about: 'Two callers who have parked themselves are joined by the action Bridge',
    async play(stage) {
      const { wire, door, kitchen, pause } = stage;
      wire.note('8000 calls 444');
      await using press = await door.press('444');
      await wire.event(/^Event: ParkedCall$/m);
      await pause();
      wire.note('6001 calls 445');
      await kitchen.dial('445');
      await wire.event(/^Event: ParkedCall$/m, 2);
      await pause();
      await wire.act(
        'Bridge',
        `Channel1: ${stage.channel('PJSIP/6001')}`,
        `Channel2: ${stage.channel('PJSIP/8000')}`,
      );
      await pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
];
