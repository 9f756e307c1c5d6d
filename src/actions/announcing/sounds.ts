/** What an announcement is made of, as actions want it; companion.ts has it made. */

export type Source =
  | {
      readonly kind: 'speech';
      readonly speech: {
        readonly text: string;
        readonly language?: string | undefined;
        readonly engine?: string | undefined;
        readonly voice?: string | undefined;
      };
    }
  /** A `media-source://…` of Home Assistant's. */
  | { readonly kind: 'media'; readonly id: string }
  /** Nothing but the shape's silence. */
  | { readonly kind: 'silence' };

export interface Shape {
  /** How many times it is played. */
  readonly times: number;
  /** Percent; 100 leaves it as it is. */
  readonly volume: number;
  /** s of silence behind it all, for an answer. */
  readonly silence: number;
}

/** A sound that an Asterisk can play now. */
export interface Clip {
  /** What its `Playback` is given. */
  readonly playback: string;
  /** s of all of it. */
  readonly seconds: number;
  /** False: Asterisk has not fetched it. */
  readonly fetched: boolean;
  /** It is no longer wanted. */
  release(): Promise<void>;
}

export interface Announcing {
  /**
   * Makes a sound ready for a PBX.
   * @throws Error whose `code` is one of {@link ActionError}'s, its `field` the one at fault or null
   */
  clip(pbx: string, source: Source, shape: Shape): Promise<Clip>;
  /** Whether the owner says that this phone answers by itself a call that asks for it. */
  autoAnswers(pbx: string, endpoint: string): boolean;
}
