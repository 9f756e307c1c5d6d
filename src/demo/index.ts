/** A pretend Asterisk that speaks AMI, a broker, and settings that fit them. */
export { type AmiLogin, DemoAsterisk, type DemoAsteriskOptions } from './asterisk.ts';
export { DemoBroker } from './broker.ts';
export { openInBrowser } from './browser.ts';
export { demoSettings } from './settings.ts';
export { type Demo, type DemoOptions, startDemo } from './start.ts';
