/** Does what an entity was asked for: pressing, opening, choosing. Knows nothing of how the wish arrived. */
import type { Registry } from '../actions/action.ts';
import { type Choices, choiceKey } from './choices.ts';
import type { Doors } from './doors.ts';
import { type ActionCommand, type Command, type Device, type Entity, entityIdOf } from './entities/model.ts';

export interface CommandPorts {
  readonly registry: Registry;
  readonly doors: Doors;
  readonly choices: Choices;
  refresh(device: Device): void;
  /** Tells people that what they asked for was not done. `id` names the wish: the next failure replaces this. */
  complain(id: string, title: string, message: string): void;
}

export class Commands {
  readonly #ports: CommandPorts;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  /** @param payload what the entity's platform sends: PRESS, OPEN, LOCK, UNLOCK, ON, OFF, the option, text or number */
  async run(device: Device, entity: Entity, payload: string): Promise<void> {
    switch (entity.platform) {
      case 'button':
        return this.#do(device, entity, entity.command, payload);
      case 'lock':
        // The door locks by itself.
        if (payload !== 'OPEN' && payload !== 'UNLOCK') return;
        return this.#open(device, entity, entity.command);
      case 'select':
      case 'text':
      case 'number':
      case 'notify':
        return this.#do(device, entity, entity.command, payload);
      case 'switch':
        return this.#do(device, entity, payload === 'ON' ? entity.on : entity.off, payload);
      case 'sensor':
      case 'binary_sensor':
      case 'event':
        return;
    }
  }

  async #open(device: Device, entity: Entity, command: Command): Promise<void> {
    if (command.do !== 'action') return;
    this.#ports.doors.opening(device);
    this.#ports.doors.answered(device, await this.#act(device, entity, command, 'OPEN'));
  }

  async #do(device: Device, entity: Entity, command: Command, payload: string): Promise<void> {
    switch (command.do) {
      case 'action':
        await this.#act(device, entity, command, payload);
        return;
      case 'choose': {
        const chosen = command.values.get(payload);
        if (chosen === undefined) return;
        this.#ports.choices.set(choiceKey(device, entity.key), chosen);
        this.#ports.refresh(device);
        return;
      }
    }
  }

  /** Runs the action and gives what was wrong, or null. */
  async #act(
    device: Device,
    entity: Entity,
    command: ActionCommand,
    payload: string,
  ): Promise<string | null> {
    const entityId = entityIdOf(device, entity);
    const { field, values } = command;
    const value = field === undefined ? {} : { [field]: values?.get(payload) ?? payload };
    const fields = { pbx: device.pbx, ...command.fields, ...value };
    const answer = await this.#ports.registry.run(command.action, fields, { via: 'entity', name: entityId });
    if (answer.ok) return null;
    const title = `${device.name}: ${entity.name ?? command.action}`;
    this.#ports.complain(`${device.pbx}_${device.subject}_${device.id}`, title, answer.error.message);
    return answer.error.message;
  }
}
