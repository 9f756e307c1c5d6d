/** Text messages, and a dialplan’s own events. */

export interface Messages {
  /** Whether phones are to have entities for text messages: they are wanted, and the AMI user may send them. */
  readonly shown: boolean;
  /** The number that they are from unless another is named. */
  readonly from: string;
}

export interface UserEvents {
  /** How many were left out so far, because a dialplan raised too many at once. Counted when that is over. */
  readonly leftOut: number;
}
