import { counts, type Mailbox, type Message } from '../switchboard/mailboxes.ts';
import { type Action, type ActionRun, Refused } from './action.ts';

export const VOICEMAIL: readonly Action[] = [
  {
    name: 'VoicemailUsersList',
    run({ reply, house }) {
      reply.details(
        'Voicemail user list will follow',
        house.mailboxes.all().map((box) => {
          const [fresh, old] = counts(box);
          return [
            'VoicemailUserEntry',
            {
              ...{ VMContext: 'default', VoiceMailbox: box.number, Fullname: box.name },
              ...{ MaxMessageCount: box.most, NewMessageCount: fresh, OldMessageCount: old },
            },
          ];
        }),
        'VoicemailUserEntryComplete',
      );
    },
  },
  {
    name: 'VoicemailBoxSummary',
    run({ request, reply, house }) {
      const box = house.mailboxes.find(request.get('Mailbox'));
      if (box === undefined) {
        reply.ok('There is no voicemail user matching the given user.');
        return;
      }
      reply.list(
        'Voicemail box detail will follow',
        box.messages.map(({ id, folder, caller, time, duration }) => [
          'VoicemailBoxDetail',
          {
            ...{ Folder: folder, CallerID: caller, Date: new Date(time).toUTCString() },
            ...{ Duration: duration, Flag: '', ID: id },
          },
        ]),
        'VoicemailBoxDetailComplete',
      );
    },
  },
  change('VoicemailMove', 'move', ({ request, house }, box, message) => {
    message.folder = request.get('ToFolder');
    house.mailboxes.tell(box);
  }),
  change('VoicemailRemove', 'remove', ({ house }, box, message) => {
    box.messages = box.messages.filter((other) => other !== message);
    house.mailboxes.tell(box);
  }),
  change('VoicemailForward', 'forward', ({ request, house }, _box, message) => {
    const to = house.mailboxes.find(request.get('ToMailbox'));
    if (to === undefined) return;
    to.messages.push({ ...message, folder: request.get('ToFolder') });
    house.mailboxes.tell(to);
  }),
];

/** An action on one message, which says Success whatever becomes of it. */
function change(
  name: string,
  what: string,
  make: (run: ActionRun, box: Mailbox, message: Message) => void,
): Action {
  return {
    name,
    run(run) {
      const { request, reply, house } = run;
      const id = request.get('ID');
      if (id === '') throw new Refused('ID not specified, required');
      const box = house.mailboxes.find(request.get('Mailbox'));
      const message = box?.messages.find((one) => one.id === id && one.folder === request.get('Folder'));
      if (box === undefined || message === undefined) {
        reply.ok(`Message ${what} failed\n`);
        return;
      }
      reply.ok(`Message ${what} successful\n`);
      make(run, box, message);
    },
  };
}
