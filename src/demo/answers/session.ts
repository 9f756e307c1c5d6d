import type { Fields } from '../wire/shapes.ts';
import type { Action } from './action.ts';

const MODULES = new Set([
  ...['res_parking', 'chan_pjsip', 'res_pjsip', 'app_dial', 'bridge_simple'],
  ...['app_confbridge', 'app_queue', 'app_voicemail'],
]);

/** The session itself, and what the PBX says of itself. `names`: of all actions that there are. */
export function sessionActions(names: () => ReadonlySet<string>): readonly Action[] {
  return [
    {
      name: 'Challenge',
      open: true,
      run: ({ reply, session }) => reply.ok({ Challenge: session.challenge() }),
    },
    { name: 'Login', open: true, run: ({ request, reply, session }) => session.login(request, reply) },
    {
      name: 'Logoff',
      open: true,
      run({ reply, session }) {
        reply.goodbye('Thanks for all the fish.');
        session.logoff();
      },
    },
    {
      name: 'Ping',
      run: ({ reply, house }) =>
        reply.ok({ Ping: 'Pong', Timestamp: (house.switchboard.timers.now() / 1000).toFixed(6) }),
    },
    {
      name: 'Events',
      run: ({ request, reply, session }) =>
        reply.ok({ Events: session.listen(request.get('EventMask')) ? 'On' : 'Off' }),
    },
    {
      name: 'Filter',
      run({ request, reply, session }) {
        const [criteria, by] = [request.get('MatchCriteria'), request.get('Filter')];
        const name =
          /action\(exclude\).*name\((\w+)\)/.exec(criteria)?.[1] ?? /^!Event: (\w+)$/.exec(by)?.[1];
        const header = /header\((\w+)\),method\(regex\)/.exec(criteria)?.[1];
        const where = header === undefined ? null : { header, pattern: new RegExp(by) };
        if (name !== undefined) session.exclude(name, where);
        reply.ok('Success');
      },
    },
    {
      name: 'ListCommands',
      run: ({ reply, house }) =>
        reply.recorded('ListCommands', (name) => names().has(name) && !house.lacks.has(name)),
    },
    {
      name: 'CoreSettings',
      run: ({ reply, house }) => reply.recorded('CoreSettings', () => true, { SystemName: house.systemName }),
    },
    {
      name: 'CoreStatus',
      run({ reply, house }) {
        const booted = new Date(house.bootedAt).toISOString();
        const [date, time] = [booted.slice(0, 10), booted.slice(11, 19)];
        const fields: Fields = {
          ...{ CoreStartupDate: date, CoreStartupTime: time, CoreReloadDate: date, CoreReloadTime: time },
          CoreCurrentCalls: house.switchboard.channels().filter(({ hasPbx }) => hasPbx).length,
        };
        reply.recorded('CoreStatus', () => true, fields);
      },
    },
    {
      name: 'ModuleCheck',
      run({ request, reply }) {
        if (MODULES.has(request.get('Module').replace(/\.so$/, ''))) reply.ok({ Version: '' });
        else reply.error('Module not loaded');
      },
    },
    {
      name: 'UserEvent',
      run({ request, reply, house }) {
        reply.ok('Event Sent');
        const actionId = request.get('ActionID');
        house.switchboard.say(
          'UserEvent',
          { UserEvent: request.get('UserEvent'), ActionID: actionId },
          request.rest(['action', 'actionid', 'userevent']),
        );
      },
    },
  ];
}
