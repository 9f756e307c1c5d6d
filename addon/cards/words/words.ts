/** Everything that the cards say, once per language. */
export interface Words {
  readonly parkedCalls: string;
  readonly noParkedCalls: string;
  readonly callsWaiting: (count: number) => string;
  readonly newParkedCall: (who: string, space: string) => string;
  readonly unknownCaller: string;
  readonly space: (space: string) => string;
  readonly parkedBy: (name: string) => string;
  readonly waiting: string;
  readonly timeLeft: string;
  readonly left: (time: string) => string;
  readonly noLimit: string;
  readonly timedOut: string;
  readonly freeSpaces: string;
  readonly noFreeSpace: string;

  readonly retrieve: string;
  readonly retrieveOn: (who: string, phone: string) => string;
  readonly phone: string;
  readonly choosePhone: string;
  readonly choosePhoneFirst: string;
  readonly noPhones: string;
  readonly ringing: (phone: string, who: string) => string;
  readonly retrieved: (phone: string, who: string) => string;
  readonly notRetrieved: (who: string) => string;
  readonly noAnswer: string;
  readonly close: string;
  readonly phoneStates: Readonly<Record<string, string>>;

  readonly unavailable: string;
  readonly unavailableHint: string;
  readonly notFound: (entityId: string) => string;
  readonly noLots: string;
  readonly noLotsHint: string;
  readonly noScript: string;

  readonly description: string;
  readonly form: Readonly<Record<string, { readonly label: string; readonly helper?: string }>>;
}
