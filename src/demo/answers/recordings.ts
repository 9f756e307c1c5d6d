import { snapshot } from '../switchboard/channel.ts';
import { type Action, type ActionRun, Refused } from './action.ts';

/** Where MixMonitor writes. */
const FOLDER = '/etc/asterisk/spool/monitor';

export const RECORDINGS: readonly Action[] = [
  {
    name: 'MixMonitor',
    run(run) {
      const channel = channelOf(run);
      const id = `0x${(run.house.nextMonitor() + 0x7f0000003080).toString(16)}`;
      const [, variable] = /i\((\w+)\)/.exec(run.request.get('Options')) ?? [];
      const file = run.request.get('File');
      channel.monitors.push(id);
      channel.variables.set('MIXMONITOR_FILENAME', file.startsWith('/') ? file : `${FOLDER}/${file}`);
      if (variable !== undefined) channel.variables.set(variable, id);
      run.reply.ok({ MixMonitorID: id });
      run.house.switchboard.say('MixMonitorStart', snapshot(channel));
    },
  },
  {
    name: 'StopMixMonitor',
    run(run) {
      const channel = channelOf(run);
      const id = run.request.get('MixMonitorID') || (channel.monitors.at(-1) ?? '');
      const at = channel.monitors.indexOf(id);
      if (at < 0) throw new Refused('Could not stop monitoring channel');
      channel.monitors.splice(at, 1);
      run.reply.ok({});
      run.house.switchboard.say('MixMonitorStop', snapshot(channel));
    },
  },
];

function channelOf({ request, house }: ActionRun) {
  const channel = house.switchboard.find(request.get('Channel'));
  if (channel === undefined) throw new Refused('No such channel');
  return channel;
}
