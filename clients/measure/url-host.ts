/** A host as URLs and header fields write it: an IPv6 address stands in brackets (RFC 3986, section 3.2.2). */
export const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);
