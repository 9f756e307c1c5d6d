/** Puts the rooms together. The only file that knows them all. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { type ActionPorts, createRegistry, type OpenWay, Recorder, type Registry } from './actions/index.ts';
import { AmiClient, SlowLink } from './ami/index.ts';
import { type Demo, openInBrowser, startDemo } from './demo/index.ts';
import { History } from './history/index.ts';
import { Home, type HomeOptions } from './home/index.ts';
import { Http, type HttpAddress, type HttpOptions, isThisMachine, type LinkState } from './http/index.ts';
import { Media } from './media/index.ts';
import { Directory, PhoneBooks } from './names/index.ts';
import { findFolder, MemoryFile, Pbx, type PbxOptions } from './pbx/index.ts';
import {
  completeSettings,
  type Settings,
  type Supervisor,
  type Surroundings,
  supervisorOf,
} from './settings/index.ts';

export interface CompanionPorts {
  readonly log: Logger;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where this repository, or the image made of it, has what it brings into Home Assistant. */
const CARD = fileURLToPath(new URL('../dist/cards/asterisk-companion-cards.js', import.meta.url));
const BLUEPRINTS = fileURLToPath(new URL('../addon/blueprints', import.meta.url));
/** Where the app sees Home Assistant's folder, and its own. */
const CONFIG = '/homeassistant';
const DATA = '/data';
/** ms between two looks for a broker. */
const LOOK = 30_000;

export class Companion {
  #settings: Settings;
  readonly #ports: CompanionPorts;
  readonly #supervisor: Supervisor | null;
  readonly #clients: (AmiClient | SlowLink)[] = [];
  readonly #pbxes: Pbx[] = [];
  readonly #recorders: Recorder[] = [];
  /** By PBX and doorbell. */
  readonly #openWays = new Map<string, OpenWay>();
  readonly #registry: Registry;
  readonly #directory: Directory;
  readonly #phoneBooks: PhoneBooks;
  readonly #media: Media;
  #history: History | null = null;
  #home: Home | null = null;
  #http: Http | null = null;
  #demo: Demo | null = null;
  #looking: NodeJS.Timeout | undefined;
  /** What is on its way to run; a stop waits for it. */
  #starting: Promise<void> = Promise.resolve();
  /** The end of the Home before this one; a stop waits for it when all else is done. */
  #handingOver: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(settings: Settings, ports: CompanionPorts) {
    this.#settings = settings;
    this.#ports = ports;
    const say = ports.log.child({ room: 'settings' });
    this.#supervisor = supervisorOf(ports.env, {
      info: (message) => say.info(message),
      warn: (message) => say.warn(message),
    });
    this.#media = this.#mediaOf(settings);
    this.#registry = createRegistry(this.#actionPorts());
    const { country, numbers, phone_book } = settings.names;
    this.#directory = new Directory(country);
    this.#directory.set('settings', Object.entries(numbers));
    this.#phoneBooks = new PhoneBooks(
      phone_book,
      (found) => this.#directory.set('phone_book', found),
      ports.log.child({ room: 'names' }),
    );
  }

  /**
   * Everything that is configured is started; what does not answer is waited for.
   * @throws the signal's reason when it aborts; {@link stop} then undoes what was begun
   */
  async start(signal: AbortSignal): Promise<void> {
    this.#starting = this.#start(signal);
    await this.#starting;
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { log, version } = this.#ports;
    log.info({ version, node: process.version }, 'Asterisk Companion starts');
    for (const notice of this.#settings.notices) log.warn(notice);
    const around = (await this.#supervisor?.discover(signal)) ?? null;
    if (this.#settings.demo) await this.#startDemo(around);
    signal.throwIfAborted();
    await this.#phoneBooks.start();
    await this.#media.start();
    this.#startPbxes();
    await this.#startHistory();
    this.#home = new Home(this.#homeOptions(around));
    this.#home.start();
    if (around !== null && around.broker === null && this.#settings.mqtt.url === undefined)
      this.#lookForBroker(around);
    this.#http = new Http(this.#httpOptions(around));
    const [url] = await this.#http.start();
    const { url_file: file } = this.#settings.http;
    if (file !== undefined && url !== undefined) await writeFile(file, url);
    if (this.#demo !== null && url !== undefined) openInBrowser(url, this.#ports.env);
  }

  /**
   * Ends in the other order. Leaves no timer and no socket. A start that is under way has to be aborted before: its
   * end is waited for, so that it begins nothing afterwards.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#starting.catch(() => undefined);
    this.#stopLooking();
    await Promise.all([this.#http?.stop(), this.#home?.stop(), this.#media.stop(), this.#keep()]);
    await Promise.all(this.#clients.map((client) => client.stop()));
    await this.#demo?.stop();
    await this.#handingOver;
  }

  /** Writes what is to be known after a restart, whatever a client or a broker does with its goodbye. */
  async #keep(): Promise<void> {
    for (const recorder of this.#recorders) recorder.stop();
    this.#phoneBooks.stop();
    await this.#history?.stop();
    await Promise.all(this.#pbxes.map((pbx) => pbx.stop()));
  }

  /** Puts the pretend Asterisk and its broker where the settings have none of their own. */
  async #startDemo(around: Surroundings | null): Promise<void> {
    const { demo_phones: phones, demo_port: port } = this.#settings;
    this.#demo = await startDemo({ phones, port });
    const { asterisk, conferences, dect, doorbells, mqtt, queues } = completeSettings(this.#demo.settings);
    const own = this.#settings;
    const broker = { ...mqtt, ...around?.broker, ...given(own.mqtt) };
    this.#settings = { ...own, asterisk, conferences, dect, doorbells, mqtt: broker, queues };
    // No secret: it lets nobody in but to the demo, and other AMI clients may want to try it, too.
    const { ami, mqttUrl } = this.#demo;
    this.#ports.log.info({ ...ami, mqttUrl }, 'A pretend Asterisk speaks AMI; a visitor comes every minute');
  }

  #startPbxes(): void {
    for (const { name, tls, ...asterisk } of this.#settings.asterisk) {
      const log = this.#ports.log.child({ room: 'ami', pbx: name });
      const login = { ...asterisk, tls, log };
      const client = new AmiClient(login);
      const slow = new SlowLink(login, client);
      const pbxLog = this.#ports.log.child({ room: 'pbx', pbx: name });
      const folder = this.#dataDir();
      const memory = folder === null ? null : new MemoryFile(join(folder, `pbx-${name}.json`), pbxLog);
      const ours = <T extends { readonly pbx?: string | undefined }>(all: readonly T[]) =>
        all.filter((one) => (one.pbx ?? this.#settings.asterisk[0]?.name) === name);
      const doorbells = ours(this.#settings.doorbells);
      const phones = ours(this.#settings.phones);
      const own = new Map(
        phones.map(({ endpoint, name }) => [endpoint.slice(endpoint.indexOf('/') + 1), name]),
      );
      const pbx = new Pbx(
        {
          id: name,
          phones,
          doorbells,
          dect: ours(this.#settings.dect),
          ringGroups: ours(this.#settings.ring_groups),
          parking: ours(this.#settings.parking),
          blf: this.#settings.blf,
          conferences: ours(this.#settings.conferences),
          context: asterisk.context,
          mailboxes: ours(this.#settings.mailboxes),
          ...this.#recordings(name),
          voicemailSpool: ours([this.#settings.voicemail])[0]?.spool,
          queues: ours(this.#settings.queues),
          presence: this.#settings.presence,
          names: (number) => own.get(number) ?? this.#directory.find(number),
          groups: ours(this.#settings.groups),
          messages: this.#settings.messages,
          userEvents: this.#settings.user_events.bus,
        },
        client,
        pbxLog,
        memory,
        Date.now,
        slow,
      );
      this.#clients.push(client, slow);
      this.#pbxes.push(pbx);
      for (const [index, { id }] of pbx.doorbells.all().entries())
        this.#openWays.set(`${name}/${id}`, doorbells[index]?.open ?? { kind: 'none' });
      pbx.start();
      client.start();
      const recorder = new Recorder(pbx, this.#registry, this.#ports.log.child({ room: 'actions' }));
      this.#recorders.push(recorder);
      recorder.start();
    }
  }

  #recordings(pbx: string): Pick<PbxOptions, 'recordings' | 'recordingIndex'> {
    const folder = this.#dataDir();
    const recordingIndex = folder === null ? null : join(folder, `recordings-${pbx}.json`);
    const { pbx: own = this.#settings.asterisk[0]?.name, ...recordings } = this.#settings.recordings;
    // What is said of folders and mailboxes is of one PBX.
    if (own !== pbx) return { recordingIndex };
    const { to, dir = null, media_dir: mediaDir = null, beep, mailbox = null } = recordings;
    const { media_source: mediaSource = null } = recordings;
    return { recordingIndex, recordings: { to, dir, mediaDir, mediaSource, beep, mailbox } };
  }

  async #startHistory(): Promise<void> {
    const { days } = this.#settings.history;
    if (days === 0) return;
    const folder = this.#dataDir();
    this.#history = new History({
      file: folder === null ? null : join(folder, 'calls.sqlite'),
      days,
      pbxes: this.#pbxes,
      log: this.#ports.log.child({ room: 'history' }),
    });
    await this.#history.start();
  }

  /** A broker may be installed later, or start later than we do. */
  #lookForBroker(around: Surroundings): void {
    const looking = setInterval(async () => {
      const broker = await this.#supervisor?.broker(AbortSignal.timeout(LOOK)).catch(() => null);
      // It may have been found, or everything stopped, while we asked.
      if (!broker || this.#looking !== looking) return;
      this.#stopLooking();
      this.#ports.log.info(
        { url: broker.url },
        'There is a broker now: entities come through it from now on',
      );
      const before = this.#home;
      const after = new Home(this.#homeOptions({ ...around, broker }));
      this.#home = after;
      this.#handingOver = Promise.resolve(before?.stop(true)).then(() => {
        if (!this.#stopped) after.start();
      });
      await this.#handingOver;
    }, LOOK);
    this.#looking = looking;
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #dataDir(): string | null {
    const fallback = existsSync(DATA) && !this.#settings.demo ? DATA : null;
    return this.#settings.data_dir ?? fallback;
  }

  #actionPorts(): ActionPorts {
    return {
      pbxes: this.#pbxes,
      openWay: (pbx, doorbell) => this.#openWays.get(`${pbx}/${doorbell}`) ?? { kind: 'none' },
      callHomeAssistant: (action, target, data) => {
        if (this.#home === null) throw new Error('Home Assistant is not connected yet');
        return this.#home.callHomeAssistant(action, target, data);
      },
      callLog: () => this.#history,
      announcing: {
        clip: (pbx, source, shape) => this.#media.clip(pbx, source, shape),
        autoAnswers: (pbx, endpoint) => this.#autoAnswers(pbx, endpoint),
      },
      fetch,
      log: this.#ports.log.child({ room: 'actions' }),
      context: (pbx) => this.#settings.asterisk.find(({ name }) => name === pbx)?.context ?? 'default',
    };
  }

  #mediaOf({ announce, asterisk }: Settings): Media {
    const { url = null, host = null, port = null, folder = null, ...voice } = announce;
    const home = () => {
      if (this.#home === null) throw new Error('Home Assistant is not connected yet');
      return this.#home;
    };
    return new Media({
      url,
      host,
      port,
      folder,
      // The pretend one is here.
      near: (pbx) => isThisMachine(asterisk.find(({ name }) => name === pbx)?.host ?? '127.0.0.1'),
      say: async (speech, wav) => home().say({ ...given(voice), ...given(speech), text: speech.text }, wav),
      resolve: async (id) => home().resolveMedia(id),
      fetch,
      path: this.#ports.env.PATH ?? '',
      log: this.#ports.log.child({ room: 'media' }),
    });
  }

  #autoAnswers(pbx: string, endpoint: string): boolean {
    const [first] = this.#settings.asterisk;
    return this.#settings.phones.some(
      (phone) => phone.endpoint === endpoint && (phone.pbx ?? first?.name) === pbx && phone.auto_answer,
    );
  }

  readonly #opens = (pbx: string, doorbell: string) =>
    this.#openWays.get(`${pbx}/${doorbell}`)?.kind !== 'none';

  #homeOptions(around: Surroundings | null): HomeOptions {
    const { id, language, mqtt, home_assistant: homeAssistant, scripts, cards, blueprints } = this.#settings;
    const { url, username, password, ca, verify } = { ...around?.broker, ...given(mqtt) };
    const wwwDir = this.#settings.www_dir ?? (existsSync(CONFIG) ? join(CONFIG, 'www') : null);
    return {
      companion: id,
      version: this.#ports.version,
      configurationUrl: around === null ? null : `homeassistant://config/app/${around.slug}`,
      language: language ?? null,
      dataDir: this.#dataDir(),
      mqtt:
        url === undefined
          ? null
          : {
              url,
              ...given({ username, password, ca, verify }),
              baseTopic: mqtt.base_topic,
              discoveryPrefix: mqtt.discovery_prefix,
            },
      homeAssistant: homeAssistant ?? around?.homeAssistant ?? null,
      scripts,
      card: cards ? { file: CARD, wwwDir } : null,
      blueprints: blueprints ? BLUEPRINTS : null,
      pbxes: this.#pbxes,
      registry: this.#registry,
      history: this.#history,
      persons: {
        numbers: this.#settings.names.persons,
        take: (found) => this.#directory.set('persons', found),
      },
      opens: this.#opens,
      log: this.#ports.log.child({ room: 'home' }),
    };
  }

  /** Of `<mailbox>/<folder>/<message>`, as the lists of messages have it in `audio`. */
  async #voicemailFile(pbx: string, [mailbox = '', folder = '', message = '', ...more]: readonly string[]) {
    const voicemail = this.#pbxes.find(({ id }) => id === pbx)?.voicemail;
    const name = findFolder(folder);
    if (voicemail === undefined || name === undefined || more.length > 0) return null;
    return voicemail.file(mailbox, name, message);
  }

  #recordingFile(pbx: string, [id = '', ...more]: readonly string[]) {
    const file = more.length > 0 ? null : this.#pbxes.find((one) => one.id === pbx)?.recordings.fileOf(id);
    return file ? { ...file, name: `recording ${id}` } : null;
  }

  #httpOptions(around: Surroundings | null): HttpOptions {
    const { host, port, token } = this.#settings.http;
    const ingress: HttpAddress | null = around?.ingress ?? null;
    // Behind ingress nobody else can come in without a token, so nothing else listens then.
    if (token === undefined && ingress === null && !this.#settings.demo)
      this.#ports.log.warn('There is no http.token, so nobody can use the page and the API: set one');
    const own: readonly HttpAddress[] = ingress === null || token !== undefined ? [{ host, port }] : [];
    return {
      listen: [...(ingress === null ? [] : [ingress]), ...own],
      tokens: token === undefined ? [] : [{ name: 'api', token }],
      ingress: ingress !== null,
      open: this.#settings.demo && ingress === null && token === undefined,
      version: this.#ports.version,
      pbxes: this.#pbxes,
      registry: this.#registry,
      history: this.#history,
      opens: this.#opens,
      links: () => ({
        broker: linkState(this.#home?.status.broker),
        home_assistant: linkState(this.#home?.status.homeAssistant),
      }),
      audio: {
        voicemail: { find: (pbx, ids) => this.#voicemailFile(pbx, ids) },
        recordings: { find: async (pbx, ids) => this.#recordingFile(pbx, ids) },
      },
      ...(this.#demo === null ? {} : { demo: this.#demo }),
      log: this.#ports.log.child({ room: 'http' }),
    };
  }
}

/** How a link is, from what Home tells of it. */
function linkState(link: { readonly connected: boolean } | null | undefined): LinkState {
  if (!link) return 'off';
  return link.connected ? 'connected' : 'disconnected';
}

/** Without the keys that have no value: to be laid over others. */
function given<T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
