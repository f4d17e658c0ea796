/** A field with a structured value, such as groups or opening steps: edited as YAML or JSON. */
import { useSignal } from "@preact/signals";

interface StructureFieldProps {
  common: { id: string; name: string; "aria-describedby": string };
  isList: boolean;
  value: unknown;
  set: (next: unknown) => void;
}

/** The text shown for a value set by a preset. */
const textOf = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);

export function StructureField({ common, isList, value, set }: StructureFieldProps) {
  const problem = useSignal("");
  const take = async (text: string) => {
    problem.value = "";
    if (text.trim() === "") return set(undefined);
    // The YAML parser is only loaded when such a field is edited.
    const { parse } = await import("yaml");
    try {
      set(parse(text));
    } catch (error) {
      problem.value = (error as Error).message;
      // The service reports this too, and refuses to start it.
      set(text);
    }
  };
  return (
    <div>
      <textarea
        {...common}
        rows={4}
        spellcheck={false}
        class="structure"
        placeholder={isList ? "- YAML or JSON: a list" : "YAML or JSON"}
        defaultValue={textOf(value)}
        aria-invalid={problem.value !== ""}
        onChange={(event) => void take(event.currentTarget.value)}
      />
      {problem.value === "" ? null : (
        <p class="bad problem" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  );
}
