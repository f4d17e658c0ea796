/** What a scenario says about dialling: addresses, proxy, TLS. */
import { type Static, Type } from "#typebox";
import { closed } from "./shared-fields.ts";

/** "1.2" is what people say, "TLSv1.2" what OpenSSL does; YAML reads 1.2 as a number. */
const tlsVersion = (description: string, fallback: string) =>
  Type.Union(
    [
      Type.Literal("1.2"),
      Type.Literal("1.3"),
      Type.Literal("TLSv1.2"),
      Type.Literal("TLSv1.3"),
      Type.Literal(1.2),
      Type.Literal(1.3),
    ],
    {
      description,
      default: fallback,
    },
  );

const Tls = closed(
  {
    serve: Type.Boolean({
      default: false,
      description: "make a built-in target serve TLS, with a certificate generated for the run and trusted by it",
    }),
    certificateAuthority: Type.Optional(
      Type.String({
        description: "PEM file with the only certificate authorities to trust; the system's and Node's by default",
      }),
    ),
    serverName: Type.Optional(
      Type.String({
        description: "server name to send (SNI) and to verify in the certificate; the URL's host by default",
      }),
    ),
    insecure: Type.Boolean({ default: false, description: "accept any certificate" }),
    minVersion: tlsVersion("lowest TLS version to offer", "1.2"),
    maxVersion: tlsVersion("highest TLS version to offer", "1.3"),
    ciphers: Type.Optional(
      Type.String({
        minLength: 1,
        description: "ciphers to offer, as OpenSSL names separated by colons, including TLS 1.3 suites",
      }),
    ),
    certificate: Type.Optional(
      Type.String({
        description:
          "PEM file with the client certificate and its chain, the same for all connections; with a template such as certs/{{id}}.pem, one per connection",
      }),
    ),
    key: Type.Optional(
      Type.String({ description: "PEM file with its private key, without a passphrase; may be a template too" }),
    ),
    resume: Type.Union([Type.Literal("none"), Type.Literal("tickets")], {
      default: "none",
      description: "whether a reconnect resumes its TLS session (tickets) or does a full handshake (none)",
    }),
    alpn: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        description: "ALPN protocols to offer; by default http/1.1 for HTTP and none for raw TCP",
      }),
    ),
  },
  "for wss://, https:// and tls:// targets",
);
export type TlsBlock = Static<typeof Tls>;

/** Fields that say how connections are dialled: of every kind that has some, those that carry requests among them. */
export const dialFields = {
  engine: Type.Union([Type.Literal("auto"), Type.Literal("kernel"), Type.Literal("portable")], {
    default: "auto",
    description: "implementation that reads the sockets",
  }),
  shards: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: "number of shard processes; derived from the plan by default",
    }),
  ),
  sources: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: 4096, description: "local addresses to connect from" }),
  ),
  resolve: Type.Optional(
    Type.Array(Type.String({ maxLength: 4096 }), {
      maxItems: 256,
      description:
        "HOST:PORT:ADDRESS[,ADDRESS...], as in curl: addresses to use for a name instead of resolving it; several entries add up",
    }),
  ),
  interface: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 15,
      description:
        "network interface whose addresses to connect from, on whichever machine dials; an alternative to sources",
    }),
  ),
  proxy: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1024,
      description:
        "http://user:password@host:port of a proxy to tunnel through (CONNECT) to a target given by URL; env takes it from HTTPS_PROXY",
    }),
  ),
  tls: Type.Optional(Tls),
};
