import { type Action, Refused } from './action.ts';

export const MESSAGES: readonly Action[] = [
  {
    name: 'MessageSend',
    run({ request, reply, house }) {
      const number = request.get('Destination').replace(/^pjsip:/, '');
      if (house.switchboard.endpoints.get(`PJSIP/${number}`)?.registered !== true)
        throw new Refused('Message failed to send.');
      reply.ok('Message successfully sent');
    },
  },
];
