/**
 * Reads a data file: CSV with a header line, or NDJSON (.ndjson, .jsonl) with one object per line. The only place that
 * imports the CSV parser.
 */
import { readFileSync } from "node:fs";
import { type CsvError, parse } from "csv-parse/sync";
import { DataRows, type DataRowsBuilder } from "./data-rows.ts";

/** An unusable file; the text gives the place and the reason but never a value. */
export class DataFileError extends Error {}

/** The rows, limited to the wanted columns the file has; `columns` lists all it has. Throws {@link DataFileError}. */
export function readDataFile(
  path: string,
  wanted: ReadonlySet<string>,
): { columns: string[]; rows: DataRows; count: number } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataFileError(
      code === "ENOENT"
        ? `expected a CSV or NDJSON file, but there is none at "${path}"`
        : `expected a readable file at "${path}", got ${code}`,
    );
  }
  return /\.(ndjson|jsonl)$/i.test(path) ? readLines(bytes, wanted) : readTable(bytes, wanted);
}

function readTable(bytes: Buffer, wanted: ReadonlySet<string>) {
  let columns: string[] | null = null;
  let builder: DataRowsBuilder | null = null;
  let places: number[] = [];
  let count = 0;
  const take = (record: string[]): null => {
    if (columns === null) {
      columns = record.map((name) => name.trim());
      const twice = columns.find((name, index) => columns!.indexOf(name) !== index);
      if (twice !== undefined)
        throw new DataFileError(`expected each column once in the header line, but "${twice}" occurs twice`);
      const used = columns.filter((name) => wanted.has(name));
      places = used.map((name) => columns!.indexOf(name));
      builder = DataRows.builder(used);
      return null;
    }
    count++;
    builder!.add(places.map((place) => record[place] ?? ""));
    return null;
  };
  try {
    parse(bytes, { bom: true, skip_empty_lines: true, on_record: take });
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    throw new DataFileError(csvProblem(error as CsvError));
  }
  if (columns === null || builder === null)
    throw new DataFileError("expected a header line with the names of the columns, but the file is empty");
  return { columns: columns as string[], rows: (builder as DataRowsBuilder).build(), count };
}

/** The parser's own text may quote a value, so only its code and the position are used. */
function csvProblem({ code, lines }: CsvError): string {
  const reasons: Record<string, string> = {
    CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "as many values as the header line has columns",
    CSV_RECORD_INCONSISTENT_COLUMNS: "as many values as the header line has columns",
    CSV_QUOTE_NOT_CLOSED: "a closing quotation mark",
    CSV_INVALID_CLOSING_QUOTE: "a comma or the end of the line after a closing quotation mark",
    INVALID_OPENING_QUOTE: "quotation marks only around whole values, doubled inside",
  };
  return `expected ${reasons[code] ?? `valid CSV (${code})`} in line ${lines ?? "?"}`;
}

function readLines(bytes: Buffer, wanted: ReadonlySet<string>) {
  const columns = new Set<string>();
  const records: Record<string, unknown>[] = [];
  let line = 0;
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(10, at);
    const end = feed < 0 ? bytes.length : feed;
    const text = bytes
      .toString("utf8", at, end)
      .replace(/^\uFEFF/, "")
      .trim();
    at = end + 1;
    line++;
    if (text === "") continue;
    const record = objectIn(text, line);
    records.push(Object.fromEntries(Object.entries(record).filter(([name]) => wanted.has(name))));
    for (const name of Object.keys(record)) columns.add(name);
  }
  if (records.length === 0) throw new DataFileError("expected one JSON object per line, but the file is empty");
  const used = [...columns].filter((name) => wanted.has(name));
  const builder = DataRows.builder(used);
  for (const [index, record] of records.entries()) {
    const missing = used.find((name) => record[name] === undefined || record[name] === null);
    if (missing !== undefined)
      throw new DataFileError(`expected a value for "${missing}" in every object, but number ${index + 1} has none`);
    builder.add(used.map((name) => textOf(record[name])));
  }
  return { columns: [...columns], rows: builder.build(), count: records.length };
}

function objectIn(text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DataFileError(`expected a JSON object in line ${line}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DataFileError(`expected a JSON object in line ${line}`);
  return value as Record<string, unknown>;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
