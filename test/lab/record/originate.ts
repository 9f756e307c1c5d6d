import type { Scene, Stage } from './scene.ts';
import { pickUp } from './steps.ts';

const LATER = ['Timeout: 30000', 'Async: true', 'ChannelId: companion-1'];
const SHOWS = ['Variable: CONNECTEDLINE(name\\,i)=Doorbell', 'Variable: CONNECTEDLINE(num)=8000'];

async function ring({ wire, door }: Stage) {
  wire.note('8000 calls 600');
  const press = await door.press('600');
  await wire.event(/^DialStatus: RINGING$/m, 2);
  return press;
}

export const ORIGINATE: readonly Scene[] = [
  {
    name: 'dial',
    about: 'A phone is rung and, when it answers, calls another, which answers',
    async play(stage) {
      const { wire, kitchen, pause } = stage;
      const shows = 'Variable: CONNECTEDLINE(num)=6002';
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Context: default', 'Exten: 6002', 'Priority: 1', ...LATER, shows],
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m);
      await pause();
      wire.note('6001 answers');
      await kitchen.answer();
      await wire.event(/^DialStatus: RINGING$/m, 2);
      await pause();
      await pickUp(stage, '6002');
      wire.note('6001 hangs up');
      await kitchen.hangUp();
    },
  },
  {
    name: 'originate-unanswered',
    about: 'A phone is rung by Originate and does not answer in time',
    async play({ wire }) {
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Application: Wait', 'Data: 1', 'Timeout: 2000', 'Async: true'],
      );
      await wire.event(/^Event: OriginateResponse$/m);
    },
  },
  {
    name: 'originate-refused',
    about: 'A phone is rung by Originate and refuses',
    async play({ wire, kitchen, pause }) {
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Application: Wait', 'Data: 1', 'Timeout: 20000', 'Async: true'],
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m);
      await pause();
      wire.note('6001 refuses');
      await kitchen.hangUp();
      await wire.event(/^Event: OriginateResponse$/m);
    },
  },
  {
    name: 'originate-nobody',
    about: 'Originate to a phone that is not registered, and to one that is not known',
    async play({ wire }) {
      const rest = ['Application: Wait', 'Data: 1', 'Timeout: 20000', 'Async: true'];
      await wire.act('Originate', 'Channel: PJSIP/6004', ...rest);
      await wire.event(/^Event: OriginateResponse$/m);
      await wire.act('Originate', 'Channel: PJSIP/nobody', ...rest);
      await wire.event(/^Event: OriginateResponse$/m, 2);
    },
  },
  {
    name: 'originate-playback',
    about: 'A phone is rung by Originate, answers, and hears an application until that ends',
    async play({ wire, kitchen, pause }) {
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Application: Wait', 'Data: 1', 'Timeout: 20000', 'Async: true'],
        'CallerID: "Announcement" <100>',
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m);
      await pause();
      wire.note('6001 answers');
      await kitchen.answer();
      await wire.event(/^Event: Hangup$/m);
    },
  },
  {
    name: 'originate-waiting',
    about: 'Originate without Async to a phone that answers, and to one that is not registered',
    async play({ wire, kitchen, pause }) {
      const rest = ['Application: Wait', 'Data: 1', 'Timeout: 20000'];
      const answer = wire.act('Originate', 'Channel: PJSIP/6001', ...rest);
      // Until the phone is answered, this session hears nothing.
      await kitchen.waitFor('ringing');
      await pause();
      wire.note('6001 answers');
      await kitchen.answer();
      await answer;
      await wire.event(/^Event: Hangup$/m);
      await wire.act('Originate', 'Channel: PJSIP/6004', ...rest);
    },
  },
  {
    name: 'originate-hang-up',
    about: 'A phone is rung by Originate and stops ringing by the action Hangup',
    async play({ wire, pause }) {
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Application: Wait', 'Data: 1', ...LATER, ...SHOWS],
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m);
      await pause();
      await wire.act('Hangup', 'Channel: companion-1', 'Cause: 16');
      await wire.event(/^Event: OriginateResponse$/m);
    },
  },
  {
    name: 'answer-elsewhere',
    about: 'While phones ring for a visitor, another is rung and bridged with the visitor',
    async play(stage) {
      const { wire, pause } = stage;
      await using press = await ring(stage);
      await pause();
      await wire.act(
        'Originate',
        'Channel: PJSIP/6003',
        'Application: Bridge',
        `Data: ${stage.channel('PJSIP/8000')},x`,
        ...LATER,
        ...SHOWS,
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m, 3);
      await pause();
      await pickUp(stage, '6003');
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'answer-here',
    about: 'Of two phones that ring for a visitor one is hung up as answered elsewhere; the other answers',
    async play(stage) {
      const { wire, kitchen, pause } = stage;
      await using _press = await ring(stage);
      await pause();
      await wire.act('Hangup', `Channel: ${stage.channel('PJSIP/6002')}`, 'Cause: 26');
      await pause();
      await pickUp(stage, '6001');
      wire.note('6001 hangs up');
      await kitchen.hangUp();
      await wire.quiet();
    },
  },
  {
    name: 'talk-refused',
    about: 'A phone that rings is asked to pick up, answers the NOTIFY with 481, and loses the call by it',
    async play(stage) {
      const { wire, pause } = stage;
      await using press = await ring(stage);
      await pause();
      const phone = stage.channel('PJSIP/6001');
      await wire.act('PJSIPNotify', `Channel: ${phone}`, 'Variable: Event=talk');
      await wire.event(/^Event: Hangup$/m);
      await pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'transfer-when-answered',
    about: 'A visitor whom a phone has answered is bridged with another phone once that has answered',
    async play(stage) {
      const { wire, livingRoom, pause } = stage;
      await using press = await ring(stage);
      await pause();
      await pickUp(stage, '6001');
      await wire.act(
        'Originate',
        'Channel: Local/6002@default',
        'Application: Bridge',
        `Data: ${stage.channel('PJSIP/8000')},x`,
        ...LATER,
        ...SHOWS,
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m, 3);
      await pause();
      wire.note('6002 answers');
      await livingRoom.answer();
      await wire.event(/^Event: LocalOptimizationEnd$/m);
      await wire.quiet();
      await wire.act('Hangup', `Channel: ${stage.channel('PJSIP/6001')}`, 'Cause: 16');
      await pause();
      wire.note('8000 hangs up');
      await press.hangUp();
    },
  },
  {
    name: 'ring-back',
    about: 'A phone is rung and, when it answers, calls the doorbell, which answers',
    async play({ wire, kitchen, lab, pause }) {
      wire.note('8000 registers');
      await using door = await lab.phone('8000', { answer: 'manual' });
      await wire.quiet();
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', 'Application: Dial', 'Data: PJSIP/8000,20', ...LATER, ...SHOWS],
      );
      await wire.event(/^ChannelStateDesc: Ringing$/m);
      await pause();
      wire.note('6001 answers');
      await kitchen.answer();
      await wire.event(/^DialStatus: RINGING$/m, 2);
      await pause();
      wire.note('8000 answers');
      await door.answer();
      await wire.event(/^Event: BridgeEnter$/m, 2);
      await pause();
      wire.note('6001 hangs up');
      await kitchen.hangUp();
      await wire.quiet();
      wire.note('8000 unregisters');
    },
  },
];
