/**
 * What of a scenario is secret, said once. Every output takes a scenario through {@link redact}, and every sentence
 * that may quote one through {@link hideSecrets}: reports, folders, answers, logs. A field that becomes secret is one
 * more line of the table.
 */

/** What stands in the place of a secret. */
export const notShown = "(not shown)";

/** Shorter texts are no secrets, and would be found in every sentence. */
const leastSecretLength = 4;

/** A secret and the field it stands in. */
export interface Secret {
  field: string;
  text: string;
}

/** Gives what is shown of a value; what is not goes to `found`. */
type Hiding = (value: unknown, field: string, found: Secret[]) => unknown;

/** The whole value, whatever it is made of. */
const whole: Hiding = (value, field, found) => {
  const texts = typeof value === "string" ? [value] : typeof value === "object" && value !== null ? leaves(value) : [];
  // A name of a value is no secret: the sentence that says it is unknown must name it.
  found.push(...texts.filter((text) => !/^\{\{[^{}]*\}\}$/.test(text)).map((text) => ({ field, text })));
  return notShown;
};

/** Every value of a record, whose names are shown. */
const values: Hiding = (value, field, found) => {
  if (typeof value !== "object" || value === null) return whole(value, field, found);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, whole(inner, `${field}.${name}`, found)]),
  );
};

/** User, password and query of a URL or a path, or of each in a list. */
const inAddress: Hiding = (value, field, found) => {
  if (Array.isArray(value)) return value.map((item, index) => inAddress(item, `${field}.${index}`, found));
  if (typeof value !== "string" || !/^(\/|[a-z][a-z0-9+.-]*:\/\/|[a-z]+\+unix:)/i.test(value)) return value;
  const [, scheme = "", credentials = "", rest = "", query = ""] =
    /^((?:[a-z][a-z0-9+.-]*:\/\/)?)((?:[^/?#]*@)?)([^?]*)(?:\?([\s\S]*))?$/i.exec(value) ?? [];
  const words = [
    credentials.slice(0, -1),
    ...credentials.slice(0, -1).split(":"),
    query,
    ...query.split("&").map((part) => part.slice(part.indexOf("=") + 1)),
  ];
  found.push(...words.filter((text) => text !== "").map((text) => ({ field, text })));
  return `${scheme}${credentials === "" ? "" : `${notShown}@`}${rest}${query === "" ? "" : `?${notShown}`}`;
};

/** What clients say: a text in a conversation may hold a token. */
const said: Hiding = (value, field, found) => {
  if (Array.isArray(value)) return value.map((one, index) => said(one, `${field}.${index}`, found));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const at = `${field}.${name}`;
      if (name === "send" || name === "farewell") return [name, whole(inner, at, found)];
      return [
        name,
        name === "headers"
          ? values(inner, at, found)
          : name === "path"
            ? inAddress(inner, at, found)
            : said(inner, at, found),
      ];
    }),
  );
};

/** Who a connection of MQTT is, and what it says in its will or publishes. */
const ofMqtt: Hiding = (value, field, found) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const at = `${field}.${name}`;
      if (name === "user" || name === "password" || name === "payload") return [name, whole(inner, at, found)];
      return [name, name === "will" || name === "publish" ? ofMqtt(inner, at, found) : inner];
    }),
  );
};

/** Scenarios within a scenario. */
const eachScenario: Hiding = (value, field, found) =>
  Array.isArray(value) ? value.map((one, index) => hidden(one, `${field}.${index}.`, found)) : value;

const secretFields: Readonly<Record<string, Hiding>> = {
  headers: values,
  subscribe: whole,
  vars: values,
  groups: said,
  conversation: said,
  publish: said,
  mqtt: ofMqtt,
  body: whole,
  target: inAddress,
  targets: inAddress,
  paths: inAddress,
  redis: inAddress,
  proxy: inAddress,
  scenarios: eachScenario,
};

function hidden(scenario: unknown, prefix: string, found: Secret[]): unknown {
  if (typeof scenario !== "object" || scenario === null || Array.isArray(scenario)) return scenario;
  return Object.fromEntries(
    Object.entries(scenario).map(([name, value]) => {
      const hide = Object.hasOwn(secretFields, name) && value !== undefined ? secretFields[name] : undefined;
      return [name, hide === undefined ? structuredClone(value) : hide(value, `${prefix}${name}`, found)];
    }),
  );
}

/** A report is made every second from one scenario, which does not change. */
const shownScenarios = new WeakMap<object, unknown>();

/**
 * A copy of a scenario as it may be shown: without header values, first messages, bodies, and the credentials and
 * queries of addresses.
 */
export function redact<T>(scenario: T): T {
  if (typeof scenario !== "object" || scenario === null) return scenario;
  const known = shownScenarios.get(scenario);
  if (known !== undefined) return known as T;
  const shown = hidden(scenario, "", []);
  shownScenarios.set(scenario, shown);
  return shown as T;
}

/** A URL as it may be shown. What is no URL is given back as it is. */
export const shownAddress = (url: string): string => String(inAddress(url, "", []));

/** Addresses as they may be shown, each by a name of its own: those that differ only in what is hidden are numbered. */
export function shownAddresses(urls: readonly string[]): string[] {
  const shown = urls.map(shownAddress);
  return shown.map((name, index) => {
    const before = shown.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

/** What {@link redact} takes out of a scenario. */
export function secretsOf(scenario: unknown): Secret[] {
  const found: Secret[] = [];
  hidden(scenario, "", found);
  return found;
}

/**
 * A text without the secrets of a scenario, in whatever spelling: as they are, within JSON, and as a URL writes them.
 */
export function hideSecrets(text: string, scenario: unknown): string {
  const spelled = secretsOf(scenario).flatMap(({ text: secret }) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encoded(secret),
    decoded(secret),
  ]);
  const words = [...new Set(spelled)]
    .filter(({ length }) => length >= leastSecretLength)
    .sort((a, b) => b.length - a.length);
  return words.reduce((shown, word) => shown.replaceAll(word, notShown), text);
}

function leaves(value: object): string[] {
  return Object.values(value).flatMap((inner: unknown) =>
    typeof inner === "string" ? [inner] : typeof inner === "object" && inner !== null ? leaves(inner) : [],
  );
}

const encoded = (text: string): string => respelled(encodeURIComponent, text);
const decoded = (text: string): string => respelled(decodeURIComponent, text);

function respelled(spell: (text: string) => string, text: string): string {
  try {
    return spell(text);
  } catch {
    return text;
  }
}
