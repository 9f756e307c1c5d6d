/** An action asked for over MQTT: a JSON object of its fields in, an answer out. */
import type { ActionAnswer, Registry } from '../../actions/action.ts';

export async function runFromMqtt(registry: Registry, id: string, payload: Buffer): Promise<ActionAnswer> {
  const fields = parse(payload);
  if (fields === undefined) {
    const message = `The payload of the action ${id} must be a JSON object with its fields, such as {"phone": "6001"}`;
    return { ok: false, error: { code: 'invalid', field: null, message } };
  }
  return registry.run(id, fields, { via: 'mqtt', name: 'MQTT' });
}

/** An empty payload asks with no fields. */
function parse(payload: Buffer): object | undefined {
  if (payload.length === 0) return {};
  try {
    const value: unknown = JSON.parse(payload.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
