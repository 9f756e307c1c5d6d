/** The kinds of single values that settings are made of, and how each is put into words. */
import { z } from 'zod';

/** What zod does not carry and the problems, the docs and the secrets need. */
export interface LeafFacts {
  /** What is allowed here, in words: "a port from 1 to 65535". */
  readonly allowed?: string;
  /** Never shown, and may be given as `!secret`, `!file` or `{file: …}`. */
  readonly secret?: boolean;
  /** PEM text, or the path of a file that holds it; a path is read while loading. */
  readonly pem?: boolean;
}

export const leafFacts = z.registry<LeafFacts>();

/** A short id that ends up in topics, unique ids and scripts. */
export const shortId = z
  .string()
  .regex(/^[a-z0-9_]{1,32}$/)
  .register(leafFacts, { allowed: 'a short id of a-z, 0-9 and _' });

export const text = z.string().min(1).register(leafFacts, { allowed: 'a text' });

export const host = z
  .string()
  .regex(/^[^\s/@]+$/)
  .register(leafFacts, { allowed: 'a host name or an address, without a scheme' });

export const port = z.int().min(1).max(65535).register(leafFacts, { allowed: 'a port from 1 to 65535' });

/** Port 0 lets the system choose. */
export const listenPort = z
  .int()
  .min(0)
  .max(65535)
  .register(leafFacts, { allowed: 'a port from 1 to 65535, or 0 for any free one' });

export const secret = z.string().min(1).register(leafFacts, { allowed: 'a text', secret: true });

/** Fit for an HTTP header. */
export const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .register(leafFacts, { allowed: 'printable characters without spaces', secret: true });

export const pem = z
  .string()
  .includes('-----BEGIN')
  .register(leafFacts, { allowed: 'the path of a PEM file, or its text', pem: true });

export const endpoint = z
  .string()
  .regex(/^(PJSIP|SIP|IAX2|DAHDI)\/[^\s@,&|;:()"'<>]+$/)
  .register(leafFacts, {
    allowed: 'an endpoint such as PJSIP/6001 (technologies: PJSIP, SIP, IAX2, DAHDI)',
  });

/** Whose presence it is, in the dialplan's own words. */
export const presentity = z
  .string()
  .regex(/^CustomPresence:[\p{L}\p{N}_.@+*#-]{1,64}$/u)
  .register(leafFacts, { allowed: 'CustomPresence: and a name, such as CustomPresence:6001' });

/** What a dialplan can dial; kept free of the characters that mean something to `Dial()`. */
export const number = z
  .string()
  .regex(/^[0-9A-Za-z_*#+.-]{1,80}$/)
  .register(leafFacts, { allowed: 'a number or an extension, such as 8000' });

export const dialled = z
  .string()
  .regex(/^((PJSIP|SIP|IAX2|DAHDI)\/[^\s@,&|;:()"'<>]+|[0-9A-Za-z_*#+.-]{1,80})$/)
  .register(leafFacts, { allowed: 'an endpoint such as PJSIP/8000, or a number such as 8000' });

/** A door code is a key: it is treated as a secret. */
export const digits = z
  .string()
  .regex(/^[0-9*#A-D]{1,32}$/)
  .register(leafFacts, {
    allowed: 'digits of 0-9, *, # and A-D, in quotes ("#9": an unquoted # starts a comment in YAML)',
    secret: true,
  });

export const context = z
  .string()
  .regex(/^[^\s,&|;()"'[\]]{1,79}$/)
  .register(leafFacts, { allowed: 'the name of a dialplan context' });

export const topic = z
  .string()
  .regex(/^[^\s#+/]+(\/[^\s#+/]+)*$/)
  .register(leafFacts, { allowed: 'a topic without wildcards, spaces and outer slashes' });

export const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
  .register(leafFacts, { allowed: 'a language tag such as en, de or pt-BR' });

/** A Home Assistant action such as `lock.open`. */
export const haAction = z
  .string()
  .regex(/^[a-z0-9_]+\.[a-z0-9_]+$/)
  .register(leafFacts, { allowed: 'a Home Assistant action such as lock.open' });

/** @param schemes without the colon, such as `['http', 'https']` */
export function url(schemes: readonly string[]): z.ZodString {
  return z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)))
    .register(leafFacts, {
      allowed: `an address that starts with ${schemes.map((s) => `${s}://`).join(', ')}`,
    });
}

export function flag(fallback: boolean): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(fallback);
}
