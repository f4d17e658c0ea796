/** A name that an owner gives a process: a label of metrics, a word of reports, and nothing that could be markup. */
export const processName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
