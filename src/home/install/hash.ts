import { createHash } from 'node:crypto';

/** The same for the same data, in whatever order its keys are: eight hex digits. */
export function hashOf(data: unknown): string {
  return createHash('sha256').update(stable(data)).digest('hex').slice(0, 8);
}

/** JSON with sorted keys. */
function stable(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
