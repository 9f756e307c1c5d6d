/** Which write classes of manager.conf let an AMI user run an action; `all`, which allows everything, goes without saying. */
import type { ActionName } from './actions.ts';

/** Any one of the classes is enough (`manager show command NAME`, Privilege). Actions that are not here take none. */
export const CLASSES: Readonly<Partial<Record<ActionName, readonly string[]>>> = {
  Command: ['command'],
  CoreStatus: ['system', 'reporting'],
  CoreSettings: ['system', 'reporting'],
  CoreShowChannels: ['system', 'reporting'],
  Status: ['system', 'call', 'reporting'],
  Filter: ['system'],
  ModuleCheck: ['system'],
  GetConfig: ['system', 'config'],
  ShowDialPlan: ['config', 'reporting'],
  DBGet: ['system', 'reporting'],
  DBGetTree: ['system', 'reporting'],
  DBPut: ['system'],
  DBDel: ['system'],
  UserEvent: ['user'],

  Originate: ['originate'],
  Hangup: ['system', 'call'],
  Redirect: ['call'],
  Bridge: ['call'],
  BlindTransfer: ['call'],
  Atxfer: ['call'],
  PlayDTMF: ['call'],
  Getvar: ['call', 'reporting'],
  Setvar: ['call'],

  Park: ['call'],
  ParkedCalls: ['call'],
  Parkinglots: ['call'],

  ConfbridgeListRooms: ['reporting'],
  ConfbridgeList: ['reporting'],
  ConfbridgeKick: ['call'],
  ConfbridgeMute: ['call'],
  ConfbridgeUnmute: ['call'],
  ConfbridgeLock: ['call'],
  ConfbridgeUnlock: ['call'],
  ConfbridgeStartRecord: ['system'],
  ConfbridgeStopRecord: ['system'],

  QueueAdd: ['agent'],
  QueueRemove: ['agent'],
  QueuePause: ['agent'],
  QueuePenalty: ['agent'],

  PJSIPShowEndpoints: ['system'],
  PJSIPShowEndpoint: ['system'],
  PJSIPShowContacts: ['system'],
  DeviceStateList: ['call', 'reporting'],
  PresenceStateList: ['call', 'reporting'],
  ExtensionStateList: ['call', 'reporting'],

  VoicemailUsersList: ['call', 'reporting'],
  VoicemailBoxSummary: ['call', 'reporting'],
  VoicemailMove: ['user'],
  VoicemailRemove: ['user'],
  VoicemailForward: ['user'],

  MixMonitor: ['system'],
  StopMixMonitor: ['system', 'call'],

  MessageSend: ['message'],
};

/** What to do when a user may not run an action, in words. */
export function remedyFor(action: string): string {
  const classes = (CLASSES as Readonly<Record<string, readonly string[]>>)[action];
  return classes === undefined
    ? `Give the AMI user the write class that this action needs (manager show command ${action})`
    : `In manager.conf, add ${classes.join(' or ')} to the write classes of the AMI user, and reload manager`;
}
