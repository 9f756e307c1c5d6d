/** What is this machine's own, and of no interest to others: as patterns, and what stands for it in a trace. */
const OWN: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/127\.0\.0\.1:5\d{3}\b/g, '192.0.2.1:5060'],
  [/127\.0\.0\.1/g, '192.0.2.10'],
  [/\/lab\/asterisk\/\w+/g, '/etc/asterisk'],
  [/^((?:Password|PasswordDigest|Secret): ).*$/gm, '$1demo'],
];

/** A message without the machine that it was recorded on. */
export function scrub(text: string): string {
  return OWN.reduce((scrubbed, [pattern, instead]) => scrubbed.replace(pattern, instead), text);
}
