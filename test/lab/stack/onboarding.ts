import { HassClient } from './hass-client.ts';

/** A user of the lab's Home Assistant. */
export interface HassUser {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  /** A long-lived access token. */
  readonly token: string;
}

/** The lab's users by their names. */
export interface HassUsers {
  /** The owner, an administrator. */
  readonly admin: HassUser;
  /** No administrator: a tablet on the wall. */
  readonly wall: HassUser;
}

const PASSWORD = 'lab-password';

/** Does what a person does on the first visit, makes the second user, and gives tokens for both. */
export async function onboard(url: string): Promise<HassUsers> {
  const clientId = `${url}/`;
  const first = await post<{ auth_code: string }>(`${url}/api/onboarding/users`, {
    client_id: clientId,
    name: 'Admin',
    username: 'admin',
    password: PASSWORD,
    language: 'en',
  });
  const owner = new HassClient(url, await accessToken(url, first.auth_code));
  await owner.rest('POST', '/api/onboarding/core_config', {});
  await owner.rest('POST', '/api/onboarding/analytics', {});
  await owner.rest('POST', '/api/onboarding/integration', { client_id: clientId, redirect_uri: clientId });
  const admin = await lasting(owner, 'admin');
  const { user } = await owner.ws<{ user: { id: string } }>({
    type: 'config/auth/create',
    name: 'Wall',
    group_ids: ['system-users'],
  });
  await owner.ws({
    type: 'config/auth_provider/homeassistant/create',
    user_id: user.id,
    username: 'wall',
    password: PASSWORD,
  });
  await owner.close();
  const tablet = new HassClient(url, await logIn(url, 'wall'));
  const wall = await lasting(tablet, 'wall');
  await tablet.close();
  return { admin, wall };
}

/** Adds the MQTT integration through its config flow, and gives the id of the entry. */
export async function addMqtt(admin: HassClient, host: string, port: number): Promise<string> {
  const flows = '/api/config/config_entries/flow';
  const flow = await admin.rest<{ flow_id: string }>('POST', flows, { handler: 'mqtt' });
  const made = await admin.rest<{ type: string; result: { entry_id: string } }>(
    'POST',
    `${flows}/${flow.flow_id}`,
    {
      broker: host,
      port,
      protocol: '5',
      other_settings: { set_client_cert: false, set_ca_cert: 'off', transport: 'tcp' },
    },
  );
  if (made.type !== 'create_entry') throw new Error(`MQTT was not set up: ${JSON.stringify(made)}`);
  return made.result.entry_id;
}

/** A token that lasts longer than any lab, for the user of this client. */
async function lasting(client: HassClient, username: string): Promise<HassUser> {
  const { id } = await client.ws<{ id: string }>({ type: 'auth/current_user' });
  const token = await client.ws<string>({
    type: 'auth/long_lived_access_token',
    client_name: 'lab',
    lifespan: 30,
  });
  return { id, username, password: PASSWORD, token };
}

/** Logs in as the login page does, and gives an access token. */
async function logIn(url: string, username: string): Promise<string> {
  const client_id = `${url}/`;
  const flow = await post<{ flow_id: string }>(`${url}/auth/login_flow`, {
    client_id,
    handler: ['homeassistant', null],
    redirect_uri: client_id,
  });
  const done = await post<{ result: string }>(`${url}/auth/login_flow/${flow.flow_id}`, {
    client_id,
    username,
    password: PASSWORD,
  });
  return accessToken(url, done.result);
}

async function accessToken(url: string, code: string): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: `${url}/` });
  const answer = await fetch(`${url}/auth/token`, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`no token: HTTP ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${url}: HTTP ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
