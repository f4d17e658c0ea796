import { readArguments, UsageError } from "./arguments.ts";
import { limitDescriptors } from "./descriptor-limit.ts";
import { RehearsalServer, type ServerOptions } from "./server.ts";
import { serveWithTickets, ticketsToStartFor } from "./ticket-count.ts";

/** Exit codes: 2 for a wrong command line or fault script, 1 when the server cannot listen. */
const usageCode = 2;

const say = (text: string): void => void process.stderr.write(`rehearsal: ${text}\n`);

function read(): ServerOptions {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const line of error.message.split("\n")) say(line);
    process.exit(usageCode);
  }
}

async function serve(options: ServerOptions): Promise<void> {
  const server = new RehearsalServer({ ...options, limitDescriptors });
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    const { pushes } = await server.stop();
    say(`stopped: ${pushes.written} of ${pushes.due} pushes written`);
    process.exit(0);
  };
  // Installed before the start: signal handlers need descriptors, and the start may limit these.
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const { port, tcpPort } = await server.start();
  say(
    `listening on ${options.host}:${port}, raw TCP on ${tcpPort}, ${options.script.faults.length} faults, seed ${options.script.seed}`,
  );
}

const options = read();
const tickets = options.tls ? ticketsToStartFor(options.script) : null;
if (tickets !== null) serveWithTickets(tickets);
else
  serve(options).catch((error: Error) => {
    say(error.message);
    process.exit(1);
  });
