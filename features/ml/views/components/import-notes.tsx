import { useImports } from "../../hooks/use-imports";
import { dismissImport } from "../../orchestrators/datasets";
import { ErrorNote } from "./error-note";

/** A file may be dropped while the page is scrolled away from here. */
function bringIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** Files on their way in, and what stopped those that did not arrive. */
export function ImportNotes() {
  const imports = useImports();
  return imports.map(({ key, fileName, state, error }) =>
    error === null ? (
      <p key={key} role="status" className="text-soft">
        {state === "choosing" ? `${fileName}: waiting for a sheet to be chosen` : `Reading ${fileName}…`}
      </p>
    ) : (
      <div key={key} ref={bringIntoView}>
        <ErrorNote
          what={`${fileName} was not imported`}
          error={error}
          testId="import-error"
          onDismiss={() => {
            dismissImport(key);
          }}
        />
      </div>
    ),
  );
}
