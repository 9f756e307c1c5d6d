/** What one can ask for. */
export * from './action.ts';
export { actionsTable } from './docs.ts';
export { createRegistry, DECLARATIONS } from './registry.ts';
