import { EyeOff, MoveHorizontal, PanelLeft } from "lucide-react";
import { useState, type ReactNode } from "react";
import { AnchoredPopover } from "@ui/components/primitives/anchored-popover";
import { Button } from "@ui/components/primitives/button";
import { Segmented } from "@ui/components/primitives/segmented";
import { Select } from "@ui/components/primitives/select";
import { TextInput } from "@ui/components/primitives/text-input";
import { useColumnLayout, useColumnRole, useSummary, useTableState } from "../../../hooks/use-table";
import { freezeColumn, hideColumn, resizeColumn, setKind, setRole } from "../../../orchestrators/table-columns";
import { filterTable, sortTable } from "../../../orchestrators/table-query";
import { conditionOf, orderOf } from "../../../state/table-query";
import type { Column, ColumnRole, Dataset } from "../../../types";
import { KIND_NAMES } from "../kind-badge";
import { ConditionEditor } from "./condition-editor";

const ORDERS = [
  { value: "none", label: "As in the file" },
  { value: "ascending", label: "Up" },
  { value: "descending", label: "Down" },
] as const;

const ROLES = [
  { value: "target", label: "Target", testId: "role-target" },
  { value: "feature", label: "Feature", testId: "role-feature" },
  { value: "excluded", label: "Excluded", testId: "role-excluded" },
] as const;

const BY_HAND = "left out by hand";

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-t border-line py-1.5 first:border-0 first:pt-0">
      <p className="mb-0.5 text-sm text-soft">{title}</p>
      {children}
    </div>
  );
}

function Reason({ because, onChange }: { because: string; onChange: (because: string) => void }) {
  const [text, setText] = useState(because);
  return (
    <form
      className="mt-1.5 flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim() === "" ? BY_HAND : text.trim());
      }}
    >
      <TextInput
        aria-label="Excluded because"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <Button type="submit" disabled={text.trim() === because}>
        Keep
      </Button>
    </form>
  );
}

interface ColumnMenuProps {
  dataset: Dataset;
  column: Column;
  anchor: Element | null;
  onClose: () => void;
  onReturn: () => void;
}

/** All that can be done with a column. */
export function ColumnMenu({ dataset, column, onClose, onReturn, ...popover }: ColumnMenuProps) {
  const { id } = dataset;
  const { name, kind } = column;
  const query = useTableState(id, (state) => state.query);
  const summary = useSummary(id, name);
  const role = useColumnRole(dataset, name);
  const layout = useColumnLayout(id);
  const condition = conditionOf(query, name);
  const isFrozen = layout.frozen.includes(name);
  const kinds = summary?.kinds ?? [kind];
  const give = (next: ColumnRole) => {
    void setRole(dataset, name, next);
  };
  const leave = (action: () => void) => () => {
    action();
    onClose();
    onReturn();
  };
  return (
    <AnchoredPopover title={name} testId="column-menu" onClose={onClose} onReturn={onReturn} {...popover}>
      <Section title="Only rows">
        <ConditionEditor
          // A filter taken away elsewhere empties the fields.
          key={condition === null ? "none" : condition.kind}
          column={column}
          summary={summary}
          condition={condition}
          onChange={(next) => {
            filterTable(id, name, next);
          }}
        />
      </Section>
      <Section title="Order">
        <Segmented
          label="Order"
          options={ORDERS}
          value={orderOf(query, name).order ?? "none"}
          isWide
          onChange={(order) => {
            sortTable(id, name, order === "none" ? null : order);
          }}
        />
      </Section>
      <Section title="Role">
        <Segmented
          label="Role"
          options={ROLES}
          value={role.role}
          isWide
          onChange={(next) => {
            give(next === "excluded" ? { role: next, because: BY_HAND } : { role: next });
          }}
        />
        {role.role === "excluded" ? (
          <Reason
            key={role.because}
            because={role.because}
            onChange={(because) => {
              give({ role: "excluded", because });
            }}
          />
        ) : null}
      </Section>
      <Section title="Kind">
        <Select
          label="Kind"
          testId="column-kind"
          options={kinds.map((value) => ({ value, label: KIND_NAMES[value] }))}
          value={kind}
          onChange={(next) => {
            if (next !== kind) void setKind(dataset, name, next);
          }}
        />
      </Section>
      <div className="flex flex-wrap gap-1 border-t border-line pt-1.5">
        <Button
          look="quiet"
          className="px-2"
          onClick={leave(() => {
            freezeColumn(id, name, !isFrozen);
          })}
        >
          <PanelLeft size={12} aria-hidden />
          {isFrozen ? "Unfreeze" : "Freeze"}
        </Button>
        <Button
          look="quiet"
          className="px-2"
          disabled={layout.hidden.length >= dataset.columns.length - 1}
          onClick={leave(() => {
            hideColumn(id, name, true);
          })}
        >
          <EyeOff size={12} aria-hidden />
          Hide
        </Button>
        <Button
          look="quiet"
          className="px-2"
          disabled={layout.widths[name] === undefined}
          onClick={leave(() => {
            resizeColumn(id, name, null);
          })}
        >
          <MoveHorizontal size={12} aria-hidden />
          Usual width
        </Button>
      </div>
    </AnchoredPopover>
  );
}
