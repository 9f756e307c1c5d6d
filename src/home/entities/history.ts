/** The call log, on the PBX's own device: the latest call, and whether the log is kept. */
import type { LoggedCall } from '../../actions/call-log.ts';
import type { PbxView } from '../../pbx/model.ts';
import type { PartOf } from './looks.ts';
import type { Entity } from './model.ts';
import { partyState, plain, within } from './text.ts';

const ENTITIES: readonly Entity[] = [
  { platform: 'sensor', key: 'last_call', name: 'Last call', icon: 'mdi:phone-log', attributes: true },
  {
    platform: 'binary_sensor',
    key: 'call_log',
    name: 'Call log',
    deviceClass: 'problem',
    category: 'diagnostic',
    attributes: true,
    always: true,
  },
];

export const historyPart: PartOf<PbxView> = (view, _hub, { history }) => {
  if (history === null) return null;
  const newest = history.newest(view.id);
  const [last] = newest;
  return {
    entities: ENTITIES,
    values: {
      last_call: last === undefined ? null : (partyState(last.from) ?? partyState(last.to)),
      call_log: history.problem !== null,
    },
    attributes: {
      last_call: { calls: within(newest.map(shown)) },
      call_log: { reason: history.problem },
    },
  };
};

function shown(call: LoggedCall) {
  const party = ({ name, number }: LoggedCall['from']) => ({ name: plain(name), number: plain(number) });
  const { began, answered, ended, seconds, outcome, doorbell } = call;
  return {
    ...{ call: call.call, began, answered, ended, seconds, outcome },
    from: party(call.from),
    to: party(call.to),
    by: plain(call.by),
    doorbell: doorbell === null ? null : plain(doorbell),
  };
}
