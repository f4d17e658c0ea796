/** What a scenario says about dialling: addresses, proxy, TLS. */
import { type Static, Type } from "typebox";
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
      description: "a built-in target serves TLS, with a certificate made for the run and trusted by it",
    }),
    certificateAuthority: Type.Optional(
      Type.String({
        description: "file with the only authorities to trust (PEM); the system's and Node's when left out",
      }),
    ),
    serverName: Type.Optional(
      Type.String({
        description: "name to ask for (SNI) and to find in the certificate; the URL's host when left out",
      }),
    ),
    insecure: Type.Boolean({ default: false, description: "accept any certificate" }),
    minVersion: tlsVersion("lowest version to offer", "1.2"),
    maxVersion: tlsVersion("highest version to offer", "1.3"),
    ciphers: Type.Optional(
      Type.String({
        minLength: 1,
        description: "ciphers to offer, OpenSSL's names separated by colons, TLS 1.3 suites among them",
      }),
    ),
    certificate: Type.Optional(
      Type.String({ description: "file with our own certificate and its chain (PEM), the same for all connections" }),
    ),
    key: Type.Optional(Type.String({ description: "file with its private key (PEM), without passphrase" })),
    resume: Type.Union([Type.Literal("none"), Type.Literal("tickets")], {
      default: "none",
      description: "whether a connection that comes back resumes its TLS session (warm) or shakes hands in full (cold)",
    }),
    alpn: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        description: "protocols to offer by ALPN; http/1.1 where HTTP is spoken, none for raw TCP, when left out",
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
    description: "who reads the sockets",
  }),
  shards: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: "shard processes; chosen from the plan when left out" }),
  ),
  sources: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: 4096, description: "local addresses to connect from" }),
  ),
  resolve: Type.Optional(
    Type.Array(Type.String({ maxLength: 4096 }), {
      maxItems: 256,
      description:
        "HOST:PORT:ADDRESS[,ADDRESS...], as curl has it: where a name leads, instead of what the resolver says; several entries add up",
    }),
  ),
  interface: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 15,
      description: "network interface whose addresses to connect from, on whichever machine dials; instead of sources",
    }),
  ),
  proxy: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1024,
      description:
        "http://user:password@host:port of a proxy that is asked for a tunnel (CONNECT) to a target given by URL; env: the one of HTTPS_PROXY",
    }),
  ),
  tls: Type.Optional(Tls),
};
