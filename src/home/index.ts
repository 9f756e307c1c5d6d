export { Home } from './home.ts';
export type { CardOptions } from './install/card.ts';
export { HomeAssistantError, type LinkOptions } from './link/link.ts';
export type { HomeLog } from './log.ts';
export type { MqttOptions } from './mqtt/publisher.ts';
export type { HomeOptions, HomeStatus } from './options.ts';
