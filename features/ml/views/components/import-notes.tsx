import { useImports } from "../../hooks/use-imports";
import { dismissImport } from "../../orchestrators/datasets";
import { ErrorNote } from "./error-note";

/** Files on their way in, and what stopped those that did not arrive. */
export function ImportNotes() {
  const imports = useImports();
  return imports.map(({ key, fileName, state, error }) =>
    error === null ? (
      <p key={key} role="status" className="text-soft">
        {state === "choosing" ? `${fileName}: waiting for a sheet to be chosen` : `Reading ${fileName}…`}
      </p>
    ) : (
      <ErrorNote
        key={key}
        what={`${fileName} was not imported`}
        error={error}
        testId="import-error"
        onDismiss={() => {
          dismissImport(key);
        }}
      />
    ),
  );
}
