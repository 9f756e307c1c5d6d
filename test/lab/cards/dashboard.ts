import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomeAssistant } from '../stack/homeassistant.ts';

const FILE = 'asterisk-companion-cards.js';

/** Puts the module where browsers load it from, as the companion does where it can see `www/`. */
export async function installCards(homeAssistant: HomeAssistant, module: string): Promise<void> {
  const folder = join(homeAssistant.config, 'www', 'asterisk-companion');
  await mkdir(folder, { recursive: true });
  await copyFile(module, join(folder, FILE));
  const admin = homeAssistant.as('admin');
  const path = `/local/asterisk-companion/${FILE}`;
  const resources = await admin.ws<{ id: string; url: string }[]>({ type: 'lovelace/resources' });
  for (const { id, url } of resources) {
    if (url.startsWith(path)) await admin.ws({ type: 'lovelace/resources/delete', resource_id: id });
  }
  // Browsers keep the file for a month.
  const url = `${path}?v=${Date.now()}`;
  await admin.ws({ type: 'lovelace/resources/create', res_type: 'module', url });
}

/** Makes a dashboard in sections with these cards, which every user may see; gives its path. */
export async function dashboard(
  homeAssistant: HomeAssistant,
  name: string,
  cards: readonly object[],
): Promise<string> {
  const admin = homeAssistant.as('admin');
  const urlPath = `lab-${name}`;
  const settings = { title: name, show_in_sidebar: false, require_admin: false };
  await admin.ws({ type: 'lovelace/dashboards/create', url_path: urlPath, ...settings });
  const views = [{ title: 'Phones', type: 'sections', sections: [{ type: 'grid', cards }] }];
  await admin.ws({ type: 'lovelace/config/save', url_path: urlPath, config: { views } });
  return `/${urlPath}/0`;
}

/** Takes the dashboard away again. */
export async function removeDashboard(homeAssistant: HomeAssistant, name: string): Promise<void> {
  const admin = homeAssistant.as('admin');
  const all = await admin.ws<{ id: string; url_path: string }[]>({ type: 'lovelace/dashboards/list' });
  const found = all.find(({ url_path }) => url_path === `lab-${name}`);
  if (found) await admin.ws({ type: 'lovelace/dashboards/delete', dashboard_id: found.id });
}
