import type { Fields } from '../wire/shapes.ts';
import { type Channel, orUnknown } from './channel.ts';

export interface Bridge {
  readonly id: string;
  readonly type: 'basic' | 'parking';
  /** Name of the lot, `''` for a call's bridge. */
  readonly name: string;
  readonly members: Channel[];
}

/** The headers that tell of a bridge, under a prefix such as `To`. */
export function bridgeFields(bridge: Bridge): Fields {
  const parking = bridge.type === 'parking';
  return {
    BridgeUniqueid: bridge.id,
    BridgeType: bridge.type,
    BridgeTechnology: parking ? 'holding_bridge' : 'simple_bridge',
    BridgeCreator: orUnknown(parking ? 'Parking' : ''),
    BridgeName: orUnknown(bridge.name),
    BridgeNumChannels: bridge.members.length,
    BridgeVideoSourceMode: 'none',
  };
}
