/** Asterisk's answer to an action. */
export interface AmiResponse {
  readonly Response: 'Success' | 'Error' | 'Goodbye' | 'Follows';
  /** `''` when there is none. A stray line feed at its end is gone. */
  readonly Message: string;
  /** Every header in the order of the wire, repeated ones too. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** First value of a header, whatever its case; `''` when it did not come. */
  get(name: string): string;
  /** Every value of a header, such as the `Output` lines of a Command. */
  all(name: string): readonly string[];
}
