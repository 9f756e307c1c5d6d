import type { Device, DevicePart } from './model.ts';

/** The device with what others add to it. */
export function withParts(device: Device, parts: readonly (DevicePart | null)[]): Device {
  const added = parts.filter((part) => part !== null);
  if (added.length === 0) return device;
  const all: readonly DevicePart[] = [{ entities: device.entities, ...device.state }, ...added];
  return {
    ...device,
    entities: all.flatMap((part) => part.entities),
    state: {
      values: Object.assign({}, ...all.map((part) => part.values)),
      attributes: Object.assign({}, ...all.map((part) => part.attributes)),
    },
  };
}
