import type { Scene, Stage } from './scene.ts';
import { answered, phonesTalk, pickUp, ring } from './steps.ts';

const PLACE = ['Context: default', 'Priority: 1'];

async function lists({ wire }: Stage) {
  for (const action of [
    'CoreShowChannels',
    'Status',
    'BridgeList',
    'ParkedCalls',
    'DeviceStateList',
    'PJSIPShowEndpoints',
  ])
    await wire.list(action);
}

export const CALLS: readonly Scene[] = [
  {
    name: 'answered',
    about:
      'The doorbell calls a ring group, one phone answers, digits open the door, and the visitor hangs up',
    async play(stage) {
      const { wire } = stage;
      await using press = await ring(stage);
      await lists(stage);
      await pickUp(stage, '6001');
      await lists(stage);
      const bridge = /^BridgeUniqueid: (.*)$/m.exec(await wire.event(/^Event: BridgeEnter$/m))?.[1] ?? '';
      await wire.list('BridgeInfo', `BridgeUniqueid: ${bridge}`);
      for (const digit of '#9') {
        await wire.act(
          'PlayDTMF',
          `Channel: ${stage.channel('PJSIP/8000')}`,
          `Digit: ${digit}`,
          'Duration: 160',
        );
        await stage.pause(0.3);
      }
      await stage.pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'missed',
    about: 'The doorbell calls a ring group, nobody answers, and the visitor gives up',
    async play(stage) {
      const press = await ring(stage);
      await stage.pause(2);
      stage.wire.note('8000 hangs up');
      await press.hangUp();
      await press[Symbol.asyncDispose]();
    },
  },
  {
    name: 'unanswered',
    about: 'The doorbell calls a ring group and nobody answers for as long as Dial rings',
    async play(stage) {
      await using _press = await ring(stage);
      await stage.wire.event(/^Event: Hangup$/m, 3);
    },
  },
  {
    name: 'phone-calls-phone',
    about: 'A phone calls another, which answers; the one that was called hangs up',
    async play(stage) {
      const { wire, livingRoom } = stage;
      await phonesTalk(stage);
      wire.note('6002 hangs up');
      await livingRoom.hangUp();
    },
  },
  {
    name: 'digits',
    about:
      'A phone that sends its digits by SIP INFO calls another and presses one; then the other hears two more',
    async play(stage) {
      const { wire, office, pause, channel } = stage;
      wire.note('6003 calls 6002');
      await office.dial('6002');
      await wire.event(/^DialStatus: RINGING$/m);
      await pause();
      await pickUp(stage, '6002');
      wire.note('6003 presses 5');
      await office.press('5');
      await wire.event(/^Event: DTMFEnd$/m, 2);
      await pause();
      const digit = [`Channel: ${channel('PJSIP/6002')}`, 'Digit: 7', 'Duration: 160'];
      await wire.act('PlayDTMF', ...digit);
      await pause();
      await wire.act('PlayDTMF', ...digit, 'Receive: true');
      await pause();
      wire.note('6003 hangs up');
      await office.hangUp();
    },
  },
  {
    name: 'refused',
    about: 'A phone calls another, which refuses',
    async play({ wire, kitchen, livingRoom, pause }) {
      wire.note('6001 calls 6002');
      await kitchen.dial('6002');
      await wire.event(/^DialStatus: RINGING$/m);
      await pause();
      wire.note('6002 refuses');
      await livingRoom.hangUp();
    },
  },
  {
    name: 'nowhere',
    about: 'A phone calls one that is not registered',
    async play({ wire, kitchen }) {
      wire.note('6001 calls 6004');
      await kitchen.dial('6004');
      await wire.event(/^Event: Hangup$/m);
    },
  },
  {
    name: 'hang-up',
    about: 'A call that was answered is ended by the action Hangup',
    async play(stage) {
      await using _press = await answered(stage);
      await stage.wire.act('Hangup', `Channel: ${stage.channel('PJSIP/6001')}`, 'Cause: 16');
      await stage.wire.event(/^Event: Hangup$/m, 3);
    },
  },
  {
    name: 'hang-up-ringing',
    about: 'A visitor whom nobody has answered is sent away by the action Hangup',
    async play(stage) {
      await using _press = await ring(stage);
      await stage.pause();
      await stage.wire.act('Hangup', `Channel: ${stage.channel('PJSIP/8000')}`, 'Cause: 16');
      await stage.wire.event(/^Event: Hangup$/m, 3);
    },
  },
  {
    name: 'blind-transfer',
    about: 'A visitor whom one phone has answered is transferred to another, which answers',
    async play(stage) {
      const { wire, pause } = stage;
      const press = await answered(stage);
      await wire.act(
        'BlindTransfer',
        `Channel: ${stage.channel('PJSIP/6001')}`,
        'Context: default',
        'Exten: 6002',
      );
      await wire.event(/^DialStatus: RINGING$/m, 3);
      await pause();
      await pickUp(stage, '6002', 4);
      wire.note('8000 hangs up');
      await press.hangUp();
      await press[Symbol.asyncDispose]();
    },
  },
  {
    name: 'blind-transfer-of-callee',
    about: 'The phone that called transfers the one that it called to a third, and stays alone',
    async play(stage) {
      const { wire, office, pause } = stage;
      await phonesTalk(stage);
      await wire.act(
        'BlindTransfer',
        `Channel: ${stage.channel('PJSIP/6001')}`,
        'Context: default',
        'Exten: 6003',
      );
      await wire.event(/^DialStatus: RINGING$/m, 2);
      await pause();
      await pickUp(stage, '6003', 4);
      wire.note('6003 hangs up');
      await office.hangUp();
    },
  },
  {
    name: 'redirect',
    about: 'A visitor whom one phone has answered is redirected to another, which answers',
    async play(stage) {
      const { wire, pause } = stage;
      const press = await answered(stage);
      await wire.act('Redirect', `Channel: ${stage.channel('PJSIP/8000')}`, ...PLACE, 'Exten: 6002');
      await wire.event(/^DialStatus: RINGING$/m, 3);
      await pause();
      await pickUp(stage, '6002', 4);
      wire.note('8000 hangs up');
      await press.hangUp();
      await press[Symbol.asyncDispose]();
    },
  },
  {
    name: 'redirect-ringing',
    about: 'A visitor whom nobody has answered is redirected to a phone that did not ring',
    async play(stage) {
      const { wire, office, pause } = stage;
      const press = await ring(stage);
      await pause();
      await wire.act('Redirect', `Channel: ${stage.channel('PJSIP/8000')}`, ...PLACE, 'Exten: 6003');
      await wire.event(/^DialStatus: RINGING$/m, 3);
      await pause();
      await pickUp(stage, '6003');
      wire.note('6003 hangs up');
      await office.hangUp();
      await wire.quiet();
      await press[Symbol.asyncDispose]();
    },
  },
  {
    name: 'attended-transfer-without-right',
    about:
      'A phone whose call was dialled without the options t and T is told to transfer: nothing comes of it',
    async play(stage) {
      const { wire, pause } = stage;
      await using press = await answered(stage);
      const phone = `Channel: ${stage.channel('PJSIP/6001')}`;
      await wire.act('Atxfer', phone, 'Context: default', 'Exten: 6002');
      await pause(4);
      stage.wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
];
