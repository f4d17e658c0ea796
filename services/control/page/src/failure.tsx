import { ApiError } from "./api.ts";

/** What went wrong, by field if the service reported fields. */
export function Failure({ error }: { error: Error | null }) {
  if (error === null) return null;
  const problems = error instanceof ApiError ? error.problems : [];
  return (
    <div class="failure" role="alert">
      {problems.length === 0 ? (
        <p>{error.message}</p>
      ) : (
        <ul>
          {problems.map(({ field, text }) => (
            <li key={field}>
              <strong>{field.replace(/^scenario\./, "")}</strong>: {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
