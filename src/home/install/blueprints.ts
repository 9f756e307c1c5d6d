/**
 * Saves the blueprints that the companion brings, and keeps those up to date that nobody edited. Home Assistant
 * stores a blueprint in its own words and shows back its head alone; what stands below is told by `substitute`,
 * so a blueprint carries a hash of that as part of its author.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse, type ScalarTag } from 'yaml';
import { HomeAssistantError, type Link } from '../link/link.ts';
import type { HomeLog } from '../log.ts';
import { hashOf } from './hash.ts';

const DOMAIN = 'automation';
const FOLDER = 'asterisk_companion';
const AUTHOR = 'Asterisk Companion';

interface Metadata {
  readonly author?: string;
  readonly input?: Readonly<Record<string, unknown>>;
}

type Listed = Readonly<Record<string, { readonly metadata?: Metadata; readonly error?: string }>>;

export class Blueprints {
  readonly #folder: string;
  readonly #link: Link;
  readonly #log: HomeLog;

  /** @param folder holds the blueprints, `*.yaml` */
  constructor(folder: string, link: Link, log: HomeLog) {
    this.#folder = folder;
    this.#link = link;
    this.#log = log;
  }

  /** To be called once Home Assistant runs. */
  async sync(): Promise<void> {
    const files = (await readdir(this.#folder)).filter((file) => file.endsWith('.yaml'));
    const listed = await this.#link.call<Listed>({ type: 'blueprint/list', domain: DOMAIN });
    for (const file of files) await this.#save(file, listed);
  }

  async #save(file: string, listed: Listed): Promise<void> {
    const path = `${FOLDER}/${basename(file)}`;
    const yaml = await readFile(join(this.#folder, file), 'utf8');
    const author = `${AUTHOR} (${hashOf(bodyOf(yaml))})`;
    const present = listed[path];
    if (present !== undefined) {
      if (present.metadata?.author === author) return;
      if (!(await this.#untouched(path, present.metadata))) {
        this.#log.info({ path }, 'This blueprint was edited and is left alone; delete it to get ours back');
        return;
      }
    }
    const signed = yaml.replace(/^( +)author: .*$/m, (_, indent: string) => `${indent}author: ${author}`);
    const message = { type: 'blueprint/save', domain: DOMAIN, path, yaml: signed, allow_override: true };
    await this.#link.call(message);
    this.#log.info({ path }, present === undefined ? 'Saved a blueprint' : 'Updated a blueprint');
  }

  /** Whether it is as an earlier version of us saved it. */
  async #untouched(path: string, metadata: Metadata | undefined): Promise<boolean> {
    const hash = metadata?.author?.match(/^Asterisk Companion \(([0-9a-f]{8})\)$/)?.[1];
    if (hash === undefined) return false;
    const input = Object.fromEntries(inputsOf(metadata?.input ?? {}).map((name) => [name, standIn(name)]));
    try {
      const message = { type: 'blueprint/substitute', domain: DOMAIN, path, input };
      const { substituted_config } = await this.#link.call<{ substituted_config: unknown }>(message);
      return hashOf(substituted_config) === hash;
    } catch (error) {
      if (error instanceof HomeAssistantError && error.code !== 'not_connected') return false;
      throw error;
    }
  }
}

/** What a blueprint does, with a word of ours in place of each input. */
function bodyOf(yaml: string): object {
  const input: ScalarTag = { tag: '!input', resolve: standIn };
  const { blueprint: _, ...body } = parse(yaml, { customTags: [input] });
  return body;
}

function standIn(input: string): string {
  return `input ${input}`;
}

/** The names of a blueprint's inputs; those of a section are within it. */
function inputsOf(inputs: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(inputs).flatMap(([name, value]) => {
    const section = (value as { input?: Readonly<Record<string, unknown>> } | null)?.input;
    return section === undefined ? [name] : inputsOf(section);
  });
}
