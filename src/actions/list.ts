import type { ActionDeclaration } from './action.ts';
import { announce } from './announcing/announce.ts';
import { answer } from './answer.ts';
import { dial, hangUpAction, redial } from './calls.ts';
import { conferenceBringIn, conferenceJoin } from './conference-entry.ts';
import {
  conferenceKick,
  conferenceLock,
  conferenceMute,
  conferenceRecord,
  conferenceStopRecording,
  conferenceUnlock,
  conferenceUnmute,
} from './conferences.ts';
import { getDeviceState, setDeviceState } from './device-states.ts';
import { ignore, openDoor } from './doors.ts';
import { sendDtmf } from './dtmf.ts';
import { callHistory, resetMissed } from './history.ts';
import { park, retrieve } from './parking.ts';
import { doNotDisturb, getPresence, setPresence } from './presence.ts';
import { queueMoveUp, queueStatus, queueWithdraw } from './queue-callers.ts';
import { queueLogIn, queueLogOut } from './queue-logins.ts';
import { queueAdd, queuePause, queuePenalty, queueRemove, queueUnpause } from './queue-members.ts';
import {
  deleteRecording,
  forwardRecording,
  listRecordings,
  moveRecording,
  playRecording,
  record,
  stopRecording,
} from './recordings.ts';
import { stopRinging } from './stop-ringing.ts';
import { sendMessage } from './text-messages.ts';
import { transfer } from './transfer.ts';
import { deleteMessage, forwardMessage, listMessages, markHeard, moveMessage } from './voicemail.ts';
import { playMessage, recordGreeting } from './voicemail-phone.ts';

/** Everything that one can ask for, in the order in which people are shown it. */
export const ACTIONS: readonly ActionDeclaration[] = [
  answer,
  ignore,
  stopRinging,
  openDoor,
  park,
  retrieve,
  dial,
  redial,
  transfer,
  hangUpAction,
  sendDtmf,
  listMessages,
  playMessage,
  markHeard,
  moveMessage,
  forwardMessage,
  deleteMessage,
  recordGreeting,
  announce,
  conferenceJoin,
  conferenceBringIn,
  conferenceKick,
  conferenceMute,
  conferenceUnmute,
  conferenceLock,
  conferenceUnlock,
  conferenceRecord,
  conferenceStopRecording,
  record,
  stopRecording,
  listRecordings,
  playRecording,
  moveRecording,
  forwardRecording,
  deleteRecording,
  callHistory,
  resetMissed,
  setPresence,
  doNotDisturb,
  getPresence,
  setDeviceState,
  getDeviceState,
  sendMessage,
  queueLogIn,
  queueLogOut,
  queuePause,
  queueUnpause,
  queuePenalty,
  queueAdd,
  queueRemove,
  queueWithdraw,
  queueMoveUp,
  queueStatus,
];
