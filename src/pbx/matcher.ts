/** Names as settings list them: `*` at the end of one stands for anything. */
export function matcher(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names);
  const starts = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => exact.has(name) || starts.some((start) => name.startsWith(start));
}
