/** What the owner asked for. */
export { type Problem, SettingsError } from './errors.ts';
export { helpText } from './key-table.ts';
export { completeSettings, type LoadOptions, loadSettings } from './load.ts';
export type { Settings } from './schema.ts';
export {
  Supervisor,
  SupervisorRefused,
  type Surroundings,
  supervisorOf,
} from './supervisor.ts';
