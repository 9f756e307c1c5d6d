/** Home Assistant: shows it what the PBXs do, and does what it asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Choices, choiceKey } from './choices.ts';
import { Commands } from './commands.ts';
import { Doors } from './doors.ts';
import type { DeviceRef } from './entities/model.ts';
import { installAtConnect } from './installer.ts';
import { Bus } from './link/bus.ts';
import { HomeAssistantError, Link } from './link/link.ts';
import { Notices, quoted } from './link/notices.ts';
import { Persons } from './link/persons.ts';
import { type Address, resolve, type Saying, say } from './link/sounds.ts';
import { Mirror } from './mirror.ts';
import { runFromMqtt } from './mqtt/actions.ts';
import { MqttPublisher } from './mqtt/publisher.ts';
import type { HomeOptions, HomeStatus } from './options.ts';
import type { Publisher } from './publisher.ts';
import { StatesPublisher } from './states/publisher.ts';

/** ms. What is not said by then is said by the broker's will, or not at all. */
const GOODBYE = 2_500;

/** Home Assistant's language among the choices; no device has such a key. */
const LANGUAGE = 'home assistant: language';

export class Home {
  readonly #options: HomeOptions;
  readonly #link: Link | null;
  readonly #bus: Bus | null;
  readonly #persons: Persons | null;
  readonly #mqtt: MqttPublisher | null;
  readonly #publishers: readonly Publisher[];
  readonly #mirror: Mirror;
  readonly #doors: Doors;
  readonly #choices: Choices;
  readonly #commands: Commands;
  readonly #stops: (() => void)[] = [];

  constructor(options: HomeOptions) {
    const { companion, homeAssistant, mqtt, pbxes, registry, dataDir, log } = options;
    this.#options = options;
    this.#link = homeAssistant === null ? null : new Link(homeAssistant, log);
    this.#persons = this.#link === null ? null : new Persons(this.#link, options.persons, log);
    const notices = new Notices(this.#link, companion, log);
    this.#bus = this.#link === null ? null : new Bus(this.#link, companion, log);
    this.#mqtt = mqtt === null ? null : this.#mqttPublisher(mqtt);
    this.#publishers = this.#mqtt !== null ? [this.#mqtt] : this.#statesPublishers();
    const link = this.#link;
    link?.onConnect(() => this.#sayWhatIsMissing(link, notices));
    if (link !== null) installAtConnect(options, link, notices);
    if (options.language === null) link?.onConnect(() => this.#learnLanguage(link));
    this.#doors = new Doors((ref) => this.#mirror.refresh(ref));
    this.#choices = new Choices(dataDir, log);
    this.#mirror = new Mirror(
      pbxes,
      {
        companion,
        language: () => this.#language,
        firstPbx: pbxes[0]?.id ?? '',
        opens: options.opens,
        door: (ref) => this.#doors.state(ref),
        history: options.history,
        choice: (ref, key) => this.#choices.get(choiceKey(ref, key)),
      },
      this.#publishers,
    );
    this.#commands = new Commands({
      registry,
      doors: this.#doors,
      choices: this.#choices,
      refresh: (device) => this.#mirror.refresh(device),
      complain: (id, title, message) => notices.show(id, title, quoted(message)),
    });
  }

  /** Returns at once: the broker and Home Assistant are waited for, however long they take. */
  start(): void {
    this.#choices.start();
    for (const view of this.#options.pbxes) {
      this.#stops.push(
        view.onHappening((happening) => {
          if (happening.subject === 'doorbell' && happening.type === 'opened') this.#doors.opened(happening);
        }),
      );
    }
    const { history, pbxes } = this.#options;
    if (history !== null)
      this.#stops.push(
        history.onChange((changed) => {
          for (const { id: pbx } of pbxes)
            if (changed === null || changed === pbx) this.#mirror.refresh({ pbx, subject: 'pbx', id: pbx });
        }),
      );
    this.#bus?.start(pbxes);
    this.#mirror.start();
    for (const publisher of this.#publishers) publisher.start();
    this.#persons?.start();
    this.#link?.start();
  }

  /**
   * Says that everything is unavailable, for {@link GOODBYE} at the longest, then closes all connections.
   * @param forGood another Home shows the same in another way from now on: bare states are taken away, however long it takes
   */
  async stop(forGood = false): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#bus?.stop();
    this.#persons?.stop();
    this.#mirror.stop();
    this.#doors.stop();
    const said = Promise.all(this.#publishers.map((publisher) => publisher.stop(forGood)));
    const limit = new AbortController();
    const late = sleep(GOODBYE, undefined, { signal: limit.signal }).catch(() => undefined);
    // A bare state that stays would take the entity id from what comes next.
    await (forGood ? said : Promise.race([said, late]));
    limit.abort();
    await this.#choices.stop();
    await this.#link?.stop();
  }

  get status(): HomeStatus {
    return {
      broker: this.#mqtt === null ? null : { connected: this.#mqtt.connected, problem: this.#mqtt.problem },
      homeAssistant:
        this.#link === null
          ? null
          : { connected: this.#link.connected, version: this.#link.version, problem: this.#link.problem },
    };
  }

  /**
   * Runs an action of Home Assistant.
   * @param action such as `lock.open`
   * @param target such as `{ entity_id: 'lock.front_door' }`
   * @throws HomeAssistantError `not_connected` where there is no link
   */
  async callHomeAssistant(action: string, target?: object, data?: object): Promise<void> {
    const [domain, service, ...rest] = action.split('.');
    if (!domain || !service || rest.length > 0) {
      throw new HomeAssistantError(
        'invalid_format',
        `${action} is not the name of an action: it takes one such as lock.open`,
      );
    }
    const message = { type: 'call_service', domain, service, target, service_data: data };
    await this.#linked.call(message);
  }

  /**
   * Has Home Assistant speak a text, and gives where the speech is.
   * @param wav ask for speech that needs no conversion
   * @throws HomeAssistantError
   */
  async say(saying: Saying, wav: boolean): Promise<Address> {
    return say(this.#linked, saying, this.#language, wav);
  }

  /**
   * Where the file of a media source is.
   * @param id `media-source://…`
   * @throws HomeAssistantError
   */
  async resolveMedia(id: string): Promise<Address> {
    return resolve(this.#linked, id);
  }

  get #linked(): Link {
    if (this.#link !== null) return this.#link;
    throw new HomeAssistantError(
      'not_connected',
      "Home Assistant's API is not configured: set home_assistant",
    );
  }

  #mqttPublisher(mqtt: NonNullable<HomeOptions['mqtt']>): MqttPublisher {
    const { companion, version, configurationUrl, pbxes, registry, log } = this.#options;
    const ids = pbxes.map((view) => view.id);
    return new MqttPublisher(
      mqtt,
      { companion, version, configurationUrl },
      ids,
      {
        command: (ref, key, payload) => this.#command(ref, key, payload),
        action: (id, payload, answer) =>
          void runFromMqtt(registry, id, payload).then((result) => answer(JSON.stringify(result))),
      },
      log,
    );
  }

  #statesPublishers(): readonly Publisher[] {
    const { companion, log } = this.#options;
    return this.#link === null ? [] : [new StatesPublisher(this.#link, companion, log)];
  }

  get #language(): string {
    return this.#options.language ?? this.#choices.get(LANGUAGE) ?? 'en';
  }

  /** It is kept, so that names do not change twice at each start. */
  async #learnLanguage(link: Link): Promise<void> {
    const { language } = await link.call<{ language: string }>({ type: 'get_config' });
    if (language === this.#language) return;
    this.#choices.set(LANGUAGE, language);
    this.#mirror.refreshAll();
  }

  /** A broker, or Home Assistant's integration that listens to it. */
  async #sayWhatIsMissing(link: Link, notices: Notices): Promise<void> {
    if (this.#mqtt === null) {
      const message =
        'There is no MQTT broker, so Asterisk shows as bare states: no devices, no buttons, no locks, no areas. ' +
        'Install the app *Mosquitto broker* and add the integration *MQTT*; the rest happens by itself within a minute.';
      notices.show('broker', 'Asterisk Companion: a broker would add to it', message);
      return;
    }
    notices.dismiss('broker');
    const { components } = await link.call<{ components: string[] }>({ type: 'get_config' });
    if (components.includes('mqtt')) {
      notices.dismiss('mqtt');
      return;
    }
    const message =
      'Home Assistant does not listen to the MQTT broker. Add the integration *MQTT* in Settings, Devices & services.';
    this.#options.log.warn({}, message);
    notices.show('mqtt', 'Asterisk Companion: please add MQTT', message);
  }

  #command(ref: DeviceRef, key: string, payload: string): void {
    const device = this.#mirror.device(ref);
    const entity = device?.entities.find((each) => each.key === key);
    if (device === null || entity === undefined) {
      this.#options.log.warn({ ...ref, key }, 'A command is for nothing that there is');
      return;
    }
    void this.#commands.run(device, entity, payload);
  }
}
