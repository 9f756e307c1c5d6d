/** What an action is. One declaration makes the HTTP route, the MQTT topic, the script and the docs. */
import type { z } from 'zod';
import type { PbxView } from '../pbx/model.ts';
import type { Announcing } from './announcing/sounds.ts';
import type { CallLog } from './call-log.ts';

/** Who asked, for the log and for the happening `opened`. */
export interface Asker {
  /** The way in. */
  readonly via: 'script' | 'entity' | 'ingress' | 'api' | 'mqtt' | 'card' | 'phone' | 'rule' | 'demo';
  /** A person's name where one is known, else the way's own (a token's name, an entity's id). */
  readonly name: string;
  /** Home Assistant's user id where one is known. */
  readonly userId?: string;
}

/** How a field looks in a form: a Home Assistant selector, and words. Carried by zod's `.meta()`. */
export interface FieldMeta {
  readonly title: string;
  readonly description: string;
  readonly example?: unknown;
  /** Home Assistant's selector, such as `{ text: {} }`. */
  readonly selector: Readonly<Record<string, unknown>>;
  /** Its value may be a code that opens something, or what somebody writes to another: it never reaches the log. */
  readonly secret?: boolean;
  /** It may have several lines: it goes to AMI as base64 alone, or not at all. */
  readonly lines?: boolean;
  /** An empty text is a value, not a field left out. */
  readonly empty?: boolean;
}

/** How a door is opened; `none` when the owner configured no way. */
export type OpenWay =
  | { readonly kind: 'none' }
  | { readonly kind: 'action'; readonly action: string; readonly target?: object; readonly data?: object }
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | {
      readonly kind: 'dtmf';
      readonly digits: string;
      readonly withoutCall: 'refuse' | { readonly dial: string };
    }
  | { readonly kind: 'call'; readonly dial: string; readonly digits: string };

/** What actions may use besides the PBX; put together by companion.ts. */
export interface ActionPorts {
  readonly pbxes: readonly PbxView[];
  /** The way to open a doorbell's door. */
  openWay(pbx: string, doorbell: string): OpenWay;
  /** Runs a Home Assistant action; null while there is no link to Home Assistant. */
  callHomeAssistant: ((action: string, target?: object, data?: object) => Promise<void>) | null;
  /** The call log; null where none is kept. */
  callLog(): CallLog | null;
  /** What announcements are made of. */
  readonly announcing: Announcing;
  readonly fetch: typeof fetch;
  readonly log: ActionLog;
  /** The dialplan context that numbers are dialled in, per PBX (default `default`). */
  context(pbx: string): string;
}

export interface ActionLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface ActionContext extends ActionPorts {
  readonly pbx: PbxView;
  readonly asker: Asker;
}

export interface ActionDeclaration<F extends z.ZodObject = z.ZodObject, R extends z.ZodType = z.ZodType> {
  /** `open_door`: the end of `script.asterisk_open_door`, of the route and of the topic. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** `mdi:…` */
  readonly icon: string;
  /** Every action also takes `pbx`; the registry adds it. */
  readonly fields: F;
  readonly result: R;
  /** True: it may be done while the PBX is not connected (a door that needs no call). */
  readonly withoutPbx?: boolean;
  /** True: it changes nothing. That it was asked is logged, what it gave is not: that may be long, and private. */
  readonly reads?: boolean;
  run(context: ActionContext, fields: z.infer<F>): Promise<z.infer<R>>;
}

/** Gives the declaration back: its `run` then knows its fields. */
export function declare<F extends z.ZodObject, R extends z.ZodType>(
  declaration: ActionDeclaration<F, R>,
): ActionDeclaration<F, R> {
  return declaration;
}

/** Why an action was not done. An answer, not a crash: every way in sends it back as it is. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  readonly code: ActionErrorCode;
  /** The field at fault, or null. */
  readonly field: string | null;

  /** @param message what was wrong, with which value, and what to do */
  constructor(code: ActionErrorCode, message: string, field: string | null = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

export type ActionErrorCode =
  /** A field is missing, unknown or malformed. */
  | 'invalid'
  /** The phone, doorbell, lot, call or action does not exist. */
  | 'not_found'
  /** It exists, but not in a state that this can be done in. */
  | 'conflict'
  /** The AMI user, or the owner's settings, do not let us. */
  | 'forbidden'
  /** The PBX or Home Assistant is not connected, or the call log cannot be read. */
  | 'unavailable'
  /** Asterisk was asked and said no, or did not do it in time. */
  | 'failed';

/** What comes back, whatever the way in. */
export type ActionAnswer =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly error: {
        readonly code: ActionErrorCode;
        readonly field: string | null;
        readonly message: string;
      };
    };

export interface Registry {
  readonly actions: readonly ActionDeclaration[];
  /** Validates, runs, logs who asked; never throws. */
  run(id: string, fields: unknown, asker: Asker): Promise<ActionAnswer>;
}
