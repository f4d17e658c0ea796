/** Whether a target is an address to dial, a socket file among them; else it is the name of a built-in one. */
export const isUrl = (target: string): boolean => /^[a-z]+(:\/\/|\+unix:)/i.test(target);
