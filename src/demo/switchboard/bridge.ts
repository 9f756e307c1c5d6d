import type { Fields } from '../wire/shapes.ts';
import { type Channel, orUnknown } from './channel.ts';

export interface Bridge {
  readonly id: string;
  /** `base`: a conference. */
  readonly type: 'basic' | 'parking' | 'base';
  /** Name of the lot or the conference, `''` for a call's bridge. */
  readonly name: string;
  readonly members: Channel[];
  /** Channels of Asterisk's own that nobody is told of: a conference's announcer and recorder. */
  own: number;
}

const KINDS = {
  basic: { technology: 'simple_bridge', creator: '' },
  parking: { technology: 'holding_bridge', creator: 'Parking' },
  base: { technology: 'softmix', creator: 'ConfBridge' },
};

/** The headers that tell of a bridge, under a prefix such as `To`. */
export function bridgeFields(bridge: Bridge): Fields {
  const { technology, creator } = KINDS[bridge.type];
  return {
    BridgeUniqueid: bridge.id,
    BridgeType: bridge.type,
    BridgeTechnology: technology,
    BridgeCreator: orUnknown(creator),
    BridgeName: orUnknown(bridge.name),
    BridgeNumChannels: bridge.members.length + bridge.own,
    BridgeVideoSourceMode: 'none',
  };
}
