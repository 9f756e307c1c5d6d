/**
 * What entities are called in Home Assistant's language. Discovery knows no translations, so names are sent as they
 * are to be shown; entity ids are made of the keys and so are English everywhere.
 */
import type { Device } from './model.ts';

interface Translations {
  readonly de: string;
  readonly es: string;
  readonly fr: string;
  readonly nl: string;
}

/** By the English name. */
// biome-ignore format: a table
export const NAMES: Readonly<Record<string, Translations>> = {
  'Abandoned calls': { de: 'Aufgegebene Anrufe', es: 'Llamadas abandonadas', fr: 'Appels abandonnés', nl: 'Opgegeven oproepen' },
  'Active calls': { de: 'Aktive Anrufe', es: 'Llamadas activas', fr: 'Appels en cours', nl: 'Actieve gesprekken' },
  Active: { de: 'Aktiv', es: 'Activa', fr: 'Active', nl: 'Actief' },
  Activity: { de: 'Aktivität', es: 'Actividad', fr: 'Activité', nl: 'Activiteit' },
  Answer: { de: 'Annehmen', es: 'Contestar', fr: 'Répondre', nl: 'Opnemen' },
  'Call log': { de: 'Anrufliste', es: 'Registro de llamadas', fr: 'Journal des appels', nl: 'Gesprekslijst' },
  'Average wait': { de: 'Mittlere Wartezeit', es: 'Espera media', fr: 'Attente moyenne', nl: 'Gemiddelde wachttijd' },
  'Completed calls': { de: 'Erledigte Anrufe', es: 'Llamadas atendidas', fr: 'Appels traités', nl: 'Afgehandelde oproepen' },
  Conference: { de: 'Konferenz', es: 'Conferencia', fr: 'Conférence', nl: 'Conferentie' },
  'Connected line': { de: 'Gesprächspartner', es: 'Interlocutor', fr: 'Correspondant', nl: 'Gesprekspartner' },
  Connection: { de: 'Verbindung', es: 'Conexión', fr: 'Connexion', nl: 'Verbinding' },
  DDI: { de: 'Durchwahl', es: 'Marcación directa', fr: 'Sélection directe', nl: 'Doorkiezen' },
  'Device states': { de: 'Gerätezustände', es: 'Estados de dispositivo', fr: 'États de périphérique', nl: 'Apparaatstatussen' },
  DTMF: { de: 'DTMF', es: 'DTMF', fr: 'DTMF', nl: 'DTMF' },
  'Do not disturb': { de: 'Nicht stören', es: 'No molestar', fr: 'Ne pas déranger', nl: 'Niet storen' },
  Door: { de: 'Tür', es: 'Puerta', fr: 'Porte', nl: 'Deur' },
  'Handset known by': { de: 'Mobilteil erkannt an', es: 'Terminal conocido por', fr: 'Combiné reconnu par', nl: 'Handset herkend aan' },
  'Hang up': { de: 'Auflegen', es: 'Colgar', fr: 'Raccrocher', nl: 'Ophangen' },
  Ignore: { de: 'Ignorieren', es: 'Ignorar', fr: 'Ignorer', nl: 'Negeren' },
  'Last call': { de: 'Letzter Anruf', es: 'Última llamada', fr: 'Dernier appel', nl: 'Laatste gesprek' },
  'Kick all': { de: 'Alle hinauswerfen', es: 'Expulsar a todos', fr: 'Exclure tout le monde', nl: 'Iedereen verwijderen' },
  'Last caller': { de: 'Letzter Anrufer', es: 'Último llamante', fr: 'Dernier appelant', nl: 'Laatste beller' },
  'Last visit': { de: 'Letzter Besuch', es: 'Última visita', fr: 'Dernière visite', nl: 'Laatste bezoek' },
  'Last visitor': { de: 'Letzter Besucher', es: 'Último visitante', fr: 'Dernier visiteur', nl: 'Laatste bezoeker' },
  Mailbox: { de: 'Mailbox', es: 'Buzón', fr: 'Boîte vocale', nl: 'Voicemailbox' },
  'Mark all as heard': { de: 'Alle als gehört markieren', es: 'Marcar todo como escuchado', fr: 'Tout marquer comme écouté', nl: 'Alles als beluisterd markeren' },
  'Line busy': { de: 'Leitung besetzt', es: 'Línea ocupada', fr: 'Ligne occupée', nl: 'Lijn bezet' },
  'Members available': { de: 'Freie Mitglieder', es: 'Miembros disponibles', fr: 'Membres disponibles', nl: 'Beschikbare leden' },
  Message: { de: 'Nachricht', es: 'Mensaje', fr: 'Message', nl: 'Bericht' },
  'Missed calls': { de: 'Verpasste Anrufe', es: 'Llamadas perdidas', fr: 'Appels manqués', nl: 'Gemiste oproepen' },
  'New message': { de: 'Neue Nachricht', es: 'Mensaje nuevo', fr: 'Nouveau message', nl: 'Nieuw bericht' },
  'New messages': { de: 'Neue Nachrichten', es: 'Mensajes nuevos', fr: 'Nouveaux messages', nl: 'Nieuwe berichten' },
  'Old messages': { de: 'Alte Nachrichten', es: 'Mensajes antiguos', fr: 'Anciens messages', nl: 'Oude berichten' },
  Lock: { de: 'Sperre', es: 'Bloqueo', fr: 'Verrouillage', nl: 'Vergrendeling' },
  Members: { de: 'Teilnehmer', es: 'Participantes', fr: 'Participants', nl: 'Deelnemers' },
  'Mute all': { de: 'Alle stummschalten', es: 'Silenciar a todos', fr: 'Couper tous les micros', nl: 'Iedereen dempen' },
  Park: { de: 'Parken', es: 'Aparcar', fr: 'Parquer', nl: 'Parkeren' },
  'Parked calls': { de: 'Geparkte Anrufe', es: 'Llamadas aparcadas', fr: 'Appels parqués', nl: 'Geparkeerde gesprekken' },
  'Parking lot': { de: 'Parkplatz', es: 'Aparcamiento', fr: 'Parking', nl: 'Parkeerterrein' },
  Presence: { de: 'Anwesenheit', es: 'Presencia', fr: 'Présence', nl: 'Aanwezigheid' },
  'Presence message': { de: 'Anwesenheitsnachricht', es: 'Mensaje de presencia', fr: 'Message de présence', nl: 'Aanwezigheidsbericht' },
  'Presence status': { de: 'Anwesenheitsstatus', es: 'Estado de presencia', fr: 'Statut de présence', nl: 'Aanwezigheidsstatus' },
  'Play newest': { de: 'Neueste abspielen', es: 'Reproducir el más reciente', fr: 'Écouter le plus récent', nl: 'Nieuwste afspelen' },
  'Play on': { de: 'Abspielen auf', es: 'Reproducir en', fr: 'Écouter sur', nl: 'Afspelen op' },
  Paused: { de: 'Pausiert', es: 'En pausa', fr: 'En pause', nl: 'Gepauzeerd' },
  Penalty: { de: 'Malus', es: 'Penalización', fr: 'Pénalité', nl: 'Strafpunten' },
  Problem: { de: 'Problem', es: 'Problema', fr: 'Problème', nl: 'Probleem' },
  Queue: { de: 'Warteschlange', es: 'Cola', fr: 'File d’attente', nl: 'Wachtrij' },
  Record: { de: 'Aufnahme', es: 'Grabación', fr: 'Enregistrement', nl: 'Opname' },
  Recordings: { de: 'Aufnahmen', es: 'Grabaciones', fr: 'Enregistrements', nl: 'Opnamen' },
  Redial: { de: 'Wahlwiederholung', es: 'Rellamada', fr: 'Recomposer', nl: 'Nummerherhaling' },
  Registered: { de: 'Registriert', es: 'Registrado', fr: 'Enregistré', nl: 'Geregistreerd' },
  'Reset missed calls': { de: 'Verpasste Anrufe zurücksetzen', es: 'Restablecer llamadas perdidas', fr: 'Remettre à zéro les appels manqués', nl: 'Gemiste oproepen wissen' },
  'Retrieve oldest': { de: 'Ältesten annehmen', es: 'Recuperar la más antigua', fr: 'Reprendre le plus ancien', nl: 'Oudste ophalen' },
  'Retrieve on': { de: 'Annehmen auf', es: 'Recuperar en', fr: 'Reprendre sur', nl: 'Ophalen op' },
  'Service level': { de: 'Servicegrad', es: 'Nivel de servicio', fr: 'Niveau de service', nl: 'Serviceniveau' },
  'Send message': { de: 'Nachricht senden', es: 'Enviar mensaje', fr: 'Envoyer un message', nl: 'Bericht sturen' },
  Running: { de: 'Läuft', es: 'En curso', fr: 'En cours', nl: 'Loopt' },
  Saved: { de: 'Gespeichert', es: 'Guardadas', fr: 'Enregistrés', nl: 'Opgeslagen' },
  Space: { de: 'Platz', es: 'Plaza', fr: 'Place', nl: 'Plaats' },
  State: { de: 'Zustand', es: 'Estado', fr: 'État', nl: 'Status' },
  'Unmute all': { de: 'Stummschaltung aufheben', es: 'Activar todos los micrófonos', fr: 'Réactiver tous les micros', nl: 'Dempen opheffen' },
  Version: { de: 'Version', es: 'Versión', fr: 'Version', nl: 'Versie' },
  'Waiting callers': { de: 'Wartende Anrufer', es: 'Llamantes en espera', fr: 'Appelants en attente', nl: 'Wachtende bellers' },
  'Longest wait': {
    de: 'Längste Wartezeit',
    es: 'Espera más larga',
    fr: 'Plus longue attente',
    nl: 'Langste wachttijd',
  },
};

const LANGUAGES: ReadonlySet<string> = new Set<keyof Translations>(['de', 'es', 'fr', 'nl']);

/**
 * A name in a language.
 * @param language a tag such as `de-CH`; English where we do not speak it
 * @param name in English
 */
export function nameIn(language: string, name: string): string {
  const [tag = ''] = language.toLowerCase().split(/[-_]/);
  return LANGUAGES.has(tag) ? (NAMES[name]?.[tag as keyof Translations] ?? name) : name;
}

/** The device with its entities called as the language does. */
export function namedIn(language: string, device: Device): Device {
  const entities = device.entities.map((entity) =>
    entity.name === null || entity.untranslated ? entity : { ...entity, name: nameIn(language, entity.name) },
  );
  return { ...device, entities };
}
