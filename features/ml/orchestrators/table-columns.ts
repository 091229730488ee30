/** What a person does with a table's columns: role, kind, width, place; and their pictures. */
import * as api from "../api";
import {
  allShown,
  PLAIN_LAYOUT,
  remembered,
  withFrozen,
  withHidden,
  withWidth,
  type ColumnLayout,
} from "../state/column-layout";
import { formWithKind, formWithRole } from "../state/column-roles";
import { without } from "../state/table-query";
import type { FormValues } from "../state/training-form";
import { useColumnLayoutStore } from "../state/zustand/column-layout-store";
import { useDatasetsStore } from "../state/zustand/datasets-store";
import { useFormStore } from "../state/zustand/form-store";
import { changeTable, tableOf } from "../state/zustand/table-store";
import type { ColumnKind, ColumnRole, Dataset, DatasetId } from "../types";

/** Columns whose pictures are asked for at once: each is counted over all rows. */
const PICTURES_AT_ONCE = 8;

function takeDataset(dataset: Dataset): void {
  useDatasetsStore.setState(({ registry }) =>
    registry.state === "ready"
      ? { registry: { state: "ready", value: registry.value.map((one) => (one.id === dataset.id ? dataset : one)) } }
      : {},
  );
}

/** The form shows what it was about before with the change, mounted anew. */
function changeForm(id: DatasetId, change: (values: FormValues) => FormValues): void {
  useFormStore.setState(({ values, dataset, revision }) => ({
    values: values !== null && dataset === id ? change(values) : values,
    revision: revision + 1,
  }));
}

async function attempt(id: DatasetId, what: string, action: () => Promise<void>): Promise<void> {
  changeTable(id, { trouble: null });
  try {
    await action();
  } catch (caught) {
    changeTable(id, { trouble: { what, error: api.asAppError(caught) } });
  }
}

export function dismissTrouble(id: DatasetId): void {
  changeTable(id, { trouble: null });
}

/** Kept with the dataset, and taken over by the form. */
export async function setRole({ id }: Dataset, column: string, role: ColumnRole): Promise<void> {
  await attempt(id, `The role of ${column} was not changed`, async () => {
    const dataset = await api.datasets.setRoles(id, [{ column, role }]);
    takeDataset(dataset);
    changeForm(id, (values) => formWithRole(values, dataset, column, role.role));
  });
}

/** What was sorted and filtered by the column goes, since it meant another kind. */
export async function setKind({ id }: Dataset, column: string, kind: ColumnKind): Promise<void> {
  await attempt(id, `The kind of ${column} was not changed`, async () => {
    const dataset = await api.datasets.setKind(id, column, kind);
    const { query, summaries } = tableOf(id);
    changeTable(id, {
      query: without(query, column),
      summaries: Object.fromEntries(Object.entries(summaries).filter(([name]) => name !== column)),
    });
    takeDataset(dataset);
    changeForm(id, (values) => formWithKind(values, dataset, column));
    await drawPictures(dataset);
  });
}

function changeLayout(id: DatasetId, change: (layout: ColumnLayout) => ColumnLayout): void {
  useColumnLayoutStore.setState(({ layouts }) => ({
    layouts: remembered(layouts, id, change(layouts[id] ?? PLAIN_LAYOUT)),
  }));
}

/** Null gives the column its usual width again. */
export function resizeColumn(id: DatasetId, column: string, width: number | null): void {
  changeLayout(id, (layout) => withWidth(layout, column, width));
}

export function hideColumn(id: DatasetId, column: string, on: boolean): void {
  changeLayout(id, (layout) => withHidden(layout, column, on));
}

export function showAllColumns(id: DatasetId): void {
  changeLayout(id, allShown);
}

export function freezeColumn(id: DatasetId, column: string, on: boolean): void {
  changeLayout(id, (layout) => withFrozen(layout, column, on));
}

/** Places of the columns whose heads are in sight, by dataset. */
const inSight = new Map<DatasetId, readonly number[]>();
const drawing = new Set<DatasetId>();

/** These columns' heads are in sight: their pictures are asked for, a few at a time. */
export function showPictures(dataset: Dataset, places: readonly number[]): void {
  inSight.set(dataset.id, places);
  if (tableOf(dataset.id).summariesError === null) void drawPictures(dataset);
}

export function retryPictures(dataset: Dataset): void {
  changeTable(dataset.id, { summariesError: null });
  void drawPictures(dataset);
}

async function drawPictures({ id, columns }: Dataset): Promise<void> {
  if (drawing.has(id)) return;
  drawing.add(id);
  const missing = () =>
    (inSight.get(id) ?? [])
      .filter((place) => tableOf(id).summaries[columns[place]?.name ?? ""] === undefined)
      .slice(0, PICTURES_AT_ONCE);
  try {
    for (let places = missing(); places.length > 0; places = missing()) {
      const answer = await api.datasets.summaries(id, null, places);
      const drawn = Object.fromEntries(answer.map((summary) => [summary.name, summary]));
      // Whatever of these was not answered would be asked for without end.
      if (places.some((place) => drawn[columns[place]?.name ?? ""] === undefined)) break;
      changeTable(id, { summaries: { ...tableOf(id).summaries, ...drawn } });
    }
  } catch (caught) {
    changeTable(id, { summariesError: api.asAppError(caught) });
  } finally {
    drawing.delete(id);
  }
}
