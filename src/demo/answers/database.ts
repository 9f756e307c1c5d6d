import { type Action, type ActionRun, Refused } from './action.ts';

/** Asterisk's own database. */
export const DATABASE: readonly Action[] = [
  {
    name: 'DBPut',
    run(run) {
      run.house.database.set(keyOf(run), run.request.get('Val'));
      run.reply.ok('Updated database successfully');
    },
  },
  {
    name: 'DBGet',
    run(run) {
      const { request, reply, house } = run;
      const value = house.database.get(keyOf(run));
      if (value === undefined) throw new Refused('Database entry not found');
      const fields = { Family: request.get('Family'), Key: request.get('Key'), Val: value };
      reply.list('Result will follow', [['DBGetResponse', fields]], 'DBGetComplete');
    },
  },
  {
    name: 'DBGetTree',
    run({ request, reply, house }) {
      const family = `/${request.get('Family')}/`;
      const items = [...house.database].filter(([key]) => key.startsWith(family));
      reply.list(
        'Result will follow',
        items.map(([key, value]) => ['DBGetTreeResponse', { Key: key, Val: value }]),
        'DBGetTreeComplete',
      );
    },
  },
  {
    name: 'DBDel',
    run(run) {
      if (!run.house.database.delete(keyOf(run))) throw new Refused('Database entry could not be deleted');
      run.reply.ok('Key deleted successfully');
    },
  },
];

function keyOf({ request }: ActionRun): string {
  return `/${request.get('Family')}/${request.get('Key')}`;
}
